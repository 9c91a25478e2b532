# Sourced by the scripts beside it (POSIX sh), which set `root` to the checkout and `name` to their
# own name: finds a JDK, builds what is out of date, and sets `class_path`.

. "$root/.mvn/find-jdk.sh"

# Where no locale is set, Java takes all text for ASCII.
case $(locale charmap 2>/dev/null) in
  '' | ANSI_X3.4-1968 | US-ASCII) LC_ALL=C.UTF-8 && export LC_ALL ;;
esac

lab_target=$root/lab/target
lab_stamp=$lab_target/built
lab_log=$lab_target/build.log

lab_out_of_date() {
  [ -f "$lab_stamp" ] && [ -f "$lab_target/class-path" ] || return 0
  # The jars are shared with other builds, which may have removed them (mvnw clean).
  for lab_module in core vision; do
    ls "$root/$lab_module/target/fovea-$lab_module"-*.jar >/dev/null 2>&1 || return 0
  done
  [ -n "$(find "$root/pom.xml" "$root/core/pom.xml" "$root/core/src/main" "$root/vision/pom.xml" \
    "$root/vision/src/main" "$root/lab/pom.xml" "$root/lab/src" -newer "$lab_stamp" | head -n 1)" ]
}

if lab_out_of_date; then
  if [ -f "$lab_stamp" ]; then
    echo 'Building the lab (sources have changed) ...' >&2
  else
    echo 'Building the lab (first use: fetches about 320 MB of other frameworks) ...' >&2
  fi
  mkdir -p "$lab_target"
  # As old as the start of the build: what changes meanwhile is built the next time.
  : >"$lab_target/building"
  # Not -q: that would hide the compiler's warnings, which fail the build.
  if ! (cd "$root" && ./mvnw -f lab/reactor.xml -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
    -Dmaven.test.skip -Dspotless.check.skip package) </dev/null >"$lab_log" 2>&1; then
    sed '/^\[ERROR\] -> \[Help/,$d' "$lab_log" >&2
    echo "$name: the build failed; see above" >&2
    exit 1
  fi
  mv -f "$lab_target/building" "$lab_stamp"
fi

class_path=$lab_target/classes:$(cat "$lab_target/class-path")
