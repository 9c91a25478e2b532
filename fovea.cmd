@echo off
rem Runs Fovea from its source tree on Windows. Builds it on the first use; after a change of the
rem sources, delete app\target\fovea or run mvnw.cmd package.
rem
rem   JAVA_HOME               the JDK to use, if it is version 25 or newer
rem   JAVA_OPTS, FOVEA_OPTS   further options for the Java virtual machine, for example -Xmx8g

setlocal EnableExtensions DisableDelayedExpansion
set "ROOT=%~dp0"
set "DIST=%ROOT%app\target\fovea"

set "FOVEA_JDK="
if defined JAVA_HOME call :try_jdk "%JAVA_HOME%"
for /d %%d in (
  "%ProgramFiles%\Eclipse Adoptium\jdk-*"
  "%ProgramFiles%\Java\jdk-*"
  "%ProgramFiles%\Microsoft\jdk-*"
  "%ProgramFiles%\Zulu\zulu-*"
  "%ProgramFiles%\Amazon Corretto\jdk*"
  "%USERPROFILE%\.jdks\*"
  "%USERPROFILE%\scoop\apps\*jdk*"
) do call :try_jdk "%%~d"
if not defined FOVEA_JDK (
  echo Fovea needs a JDK 25 or newer; found none; install one, for example from https://adoptium.net, or set JAVA_HOME to it.>&2
  exit /b 1
)
set "JAVA_HOME=%FOVEA_JDK%"

if not exist "%DIST%\built" (
  echo Building Fovea ^(first use, about a minute^) ...>&2
  if not exist "%ROOT%app\target" mkdir "%ROOT%app\target"
  pushd "%ROOT%"
  call mvnw.cmd -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dmaven.test.skip -Dspotless.check.skip package >"%ROOT%app\target\fovea-build.log" 2>&1
  popd
)
if not exist "%DIST%\built" (
  type "%ROOT%app\target\fovea-build.log">&2
  echo fovea: the build failed; see above>&2
  exit /b 1
)

set "AOT=%DIST%\fovea-%FOVEA_JDK_VERSION%.aot"
set FOVEA_RUN=--enable-native-access=fovea.core,org.jline.nativ --class-path "%DIST%\resources\*" --module-path "%DIST%\lib" -m fovea.app/fovea.app.Main
if not exist "%AOT%" "%JAVA_HOME%\bin\java" -XX:+UseParallelGC "-XX:AOTCacheOutput=%AOT%" %FOVEA_RUN% summary lenet5 >nul 2>&1

set "VECTORS="
for %%c in (train evaluate bench) do if "%~1"=="%%c" set "VECTORS=--add-modules jdk.incubator.vector -Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK=0"
"%JAVA_HOME%\bin\java" "-XX:AOTCache=%AOT%" "-Xlog:aot*=off" "-Xlog:cds*=off" -XX:+UseParallelGC -XX:MaxNewSize=128m %VECTORS% %JAVA_OPTS% %FOVEA_OPTS% %FOVEA_RUN% %*
exit /b %ERRORLEVEL%

rem Takes the directory as the JDK to use, when it holds one of version 25 or newer and none is chosen.
:try_jdk
if defined FOVEA_JDK exit /b 0
if not exist "%~1\bin\javac.exe" exit /b 0
if not exist "%~1\release" exit /b 0
set "FOVEA_JDK_VERSION="
for /f "usebackq tokens=2 delims==" %%v in (`findstr /b "JAVA_VERSION=" "%~1\release"`) do set "FOVEA_JDK_VERSION=%%~v"
if not defined FOVEA_JDK_VERSION exit /b 0
for /f "delims=." %%m in ("%FOVEA_JDK_VERSION%") do if %%m GEQ 25 set "FOVEA_JDK=%~1"
exit /b 0
