# What ./infersim and ./check share: packages, configuring, building. Read by POSIX shells, with
# $root set. Everything is said on stderr, and what cannot go on exits 2.

# What the program is built with; CMake finds what else is missing, by itself.
TOOL_PACKAGES="g++ cmake ninja-build"
PROGRAM_PACKAGES="$TOOL_PACKAGES libboost-dev libfmt-dev libtomlplusplus-dev nlohmann-json3-dev \
libexpected-dev libcli11-dev libsqlite3-dev"
TEST_PACKAGES="$PROGRAM_PACKAGES libceres-dev catch2 libbenchmark-dev"

unset CDPATH
root=$(cd -P -- "$root" && pwd) || exit 2
jobs=$(nproc 2>/dev/null || echo 2)

say() { printf 'infersim: %s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 2
}

have() { command -v "$1" >/dev/null 2>&1; }

# Sets $as_root to what runs a command as root; fails where nothing does.
find_root() {
  as_root=
  [ "$(id -u)" = 0 ] && return 0
  as_root="sudo -n"
  have sudo && sudo -n true 2>/dev/null
}

apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q "$@"; }

# Boost is 12,000 headers, and dpkg waits for the disk after each file unless told not to: that is
# more than half of the time that installing takes.
apt_install() {
  apt install -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io "$@"
}

# install <log> <package>...: lists of packages are refreshed only where the first try fails.
install() {
  log=$1
  shift
  { apt_install "$@" || { apt update && apt_install "$@"; }; } >"$log" 2>&1 </dev/null
}

# install_packages <package>...: or say what to run, and end.
install_packages() {
  if ! have apt-get || ! find_root; then
    say "packages are missing. Install them with"
    echo "  apt-get install --no-install-recommends $*" >&2
    exit 2
  fi
  say "installing $*"
  mkdir -p "$root/build"
  if ! install "$root/build/packages.log" "$@"; then
    tail -n 20 "$root/build/packages.log" >&2
    fail "installing packages failed. Install them with
  apt-get install --no-install-recommends $*"
  fi
}

# require_tools <packages>: where a build tool is missing, everything is installed in one go.
require_tools() {
  { have c++ || have g++; } && have cmake && { have ninja || have make; } && return 0
  # shellcheck disable=SC2086
  install_packages $1
}

# configure <folder> <cmake argument>...: packages that CMake misses are installed.
configure() {
  folder=$1
  shift
  mkdir -p "$folder"
  # A tree that was moved or copied brings a cache that names another place.
  if [ -e "$folder/CMakeCache.txt" ] &&
    ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"; then
    rm -rf "$folder/CMakeCache.txt" "$folder/CMakeFiles"
  fi
  if [ ! -e "$folder/CMakeCache.txt" ] && [ -z "${CMAKE_GENERATOR:-}" ] && have ninja; then
    set -- -G Ninja "$@"
  fi
  log=$folder/configure.log
  run_cmake() { cmake -S "$root" -B "$folder" "$@" >"$log" 2>&1 </dev/null; }
  run_cmake "$@" && return 0
  if [ -s "$folder/missing_packages.txt" ]; then
    # shellcheck disable=SC2046
    install_packages $(cat "$folder/missing_packages.txt")
    run_cmake "$@" && return 0
  fi
  tail -n 30 "$log" >&2
  fail "configuring failed; all of it is in $log"
}

# build <folder> <target>...: progress on stderr, all of it in build.log.
build() {
  folder=$1
  shift
  log=$folder/build.log
  rm -f "$folder/build.ok"
  { cmake --build "$folder" -j "$jobs" --target "$@" </dev/null && : >"$folder/build.ok"; } 2>&1 |
    tee "$log" >&2
  [ -e "$folder/build.ok" ] || fail "building failed; all of it is in $log"
}
