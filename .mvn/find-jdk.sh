# Sourced by ./mvnw and ./fovea (POSIX sh): points JAVA_HOME at a JDK 25 or newer, wherever it is
# installed, and sets FOVEA_JAVA_VERSION to its version. Ends the calling script with one sentence
# when there is none. Versions are read from each JDK's `release` file, because starting Java only
# to ask for its version would take longer than everything else the launcher does.

fovea_java_home='' fovea_java_major=0 fovea_java_version=''
fovea_old_home='' fovea_old_major=0

# Looks at one directory that may hold a JDK. The lowest suitable version wins, being the one the
# build is tested with; an earlier candidate beats a later one of the same version.
fovea_try_jdk() {
  [ -x "$1/bin/java" ] || return 0
  fovea_version=''
  if [ -r "$1/release" ]; then
    while IFS='"' read -r fovea_key fovea_value fovea_rest; do
      if [ "$fovea_key" = JAVA_VERSION= ]; then
        fovea_version=$fovea_value
        break
      fi
    done <"$1/release"
  fi
  if [ -z "$fovea_version" ]; then
    fovea_version=$("$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([^"]*\)".*/\1/p') || :
  fi
  fovea_major=${fovea_version#1.}
  fovea_major=${fovea_major%%[!0-9]*}
  [ -n "$fovea_major" ] || return 0
  if [ "$fovea_major" -ge 25 ] && [ -x "$1/bin/javac" ]; then
    if [ "$fovea_java_major" -eq 0 ] || [ "$fovea_major" -lt "$fovea_java_major" ]; then
      fovea_java_home=$1 fovea_java_major=$fovea_major fovea_java_version=$fovea_version
    fi
  elif [ "$fovea_major" -gt "$fovea_old_major" ]; then
    fovea_old_home=$1 fovea_old_major=$fovea_major
  fi
}

# 1. The user's own choice: JAVA_HOME, then the `java` on PATH.
[ -z "${JAVA_HOME-}" ] || fovea_try_jdk "$JAVA_HOME"
if [ "$fovea_java_major" -eq 0 ] && fovea_java=$(command -v java); then
  fovea_java=$(readlink -f "$fovea_java" 2>/dev/null || printf '%s' "$fovea_java")
  fovea_java=${fovea_java%/bin/java*}
  # macOS puts a stub at /usr/bin/java that opens a dialog when no JDK is installed.
  [ "$fovea_java" = /usr ] || fovea_try_jdk "$fovea_java"
fi

# 2. The places where package managers, SDKMAN!, IDEs and build tools install JDKs.
if [ "$fovea_java_major" -eq 0 ]; then
  case $- in
    *f*) fovea_noglob=1 && set +f ;;
    *) fovea_noglob='' ;;
  esac
  for fovea_dir in \
    /usr/lib/jvm/* \
    /usr/java/* \
    /usr/local/openjdk-* \
    /opt/java/* \
    /opt/*jdk* \
    "${HOME-}"/.sdkman/candidates/java/* \
    "${HOME-}"/.jdks/* \
    "${HOME-}"/.gradle/jdks/* \
    "${HOME-}"/.asdf/installs/java/* \
    "${HOME-}"/.local/share/mise/installs/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "${HOME-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /home/linuxbrew/.linuxbrew/opt/openjdk*/libexec \
    '/c/Program Files/Java'/* \
    '/c/Program Files/Eclipse Adoptium'/*; do
    fovea_try_jdk "$fovea_dir"
  done
  [ -z "$fovea_noglob" ] || set -f
fi
if [ "$fovea_java_major" -eq 0 ] && [ -x /usr/libexec/java_home ]; then
  fovea_dir=$(/usr/libexec/java_home -F -v 25+ 2>/dev/null) && fovea_try_jdk "$fovea_dir"
fi

if [ "$fovea_java_major" -eq 0 ]; then
  if [ "$fovea_old_major" -ge 25 ]; then
    fovea_found="found only a runtime without a compiler (Java $fovea_old_major) at $fovea_old_home"
  elif [ "$fovea_old_major" -gt 0 ]; then
    fovea_found="found only Java $fovea_old_major at $fovea_old_home"
  else
    fovea_found='found no Java at all'
  fi
  echo "Fovea needs a JDK 25 or newer; $fovea_found; install one, for example from https://adoptium.net, or set JAVA_HOME to it." >&2
  exit 1
fi

JAVA_HOME=$fovea_java_home
FOVEA_JAVA_VERSION=$fovea_java_version
export JAVA_HOME
