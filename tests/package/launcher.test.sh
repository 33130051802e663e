#!/bin/sh
# launcher.test.sh REPOSITORY SCRATCH: ./infersim on a tree of its own, with stand-ins for the
# tools, so that what is tested is the launcher and not a compiler.
set -u

repository=$1
scratch=$2
failures=0

expect() { # expect <what> <wanted> <got>
  if [ "$2" != "$3" ]; then
    printf 'FAILED: %s\n  wanted: %s\n  got:    %s\n' "$1" "$2" "$3"
    failures=$((failures + 1))
  fi
}

rm -rf "$scratch"
mkdir -p "$scratch/tree/tools" "$scratch/tree/sim/core" "$scratch/tree/hardware/devices" \
  "$scratch/tree/cmake" "$scratch/tree/include" "$scratch/tree/workloads" "$scratch/bin"
tree=$scratch/tree
cp "$repository/infersim" "$tree/"
cp "$repository/tools/build.sh" "$repository/tools/embed_catalog.cpp" "$tree/tools/"
touch "$tree/CMakeLists.txt" "$tree/sim/core/a.cpp" "$tree/hardware/devices/a.toml"

# A cmake that counts its builds and "compiles" a script which prints its arguments.
cat >"$scratch/bin/cmake" <<'CMAKE'
#!/bin/sh
if [ "$1" = --build ]; then
  echo build >>"$2/../../builds"
  [ -e "$2/../../broken" ] && echo "a.cpp:1:1: error: broken" && exit 1
  sleep 0.2
  folder=$2
  for word; do
    case $word in infersim*)
      printf '#!/bin/sh\necho "ran: $*"\nexit 7\n' >"$folder/$word"
      chmod +x "$folder/$word"
      ;;
    esac
  done
fi
CMAKE
for tool in c++ ninja; do
  printf '#!/bin/sh\n' >"$scratch/bin/$tool"
done
chmod +x "$scratch/bin"/*
PATH=$scratch/bin:$PATH
export PATH

builds() { wc -l <"$tree/builds" | tr -d ' '; }

# Time passes between what is written here and the builds that follow.
find "$tree" -exec touch -d '-1 minute' {} +

out=$("$tree/infersim" --hw x "a b" 2>"$scratch/err")
expect "exit code of the program" 7 $?
expect "arguments reach the program" "ran: --hw x a b" "$out"
expect "the first run builds" 1 "$(builds)"
"$tree/infersim" >/dev/null 2>"$scratch/err"
expect "nothing to do builds nothing" 1 "$(builds)"
expect "nothing to do says nothing" "" "$(cat "$scratch/err")"

ln -s "$tree/infersim" "$scratch/link"
expect "through a link, from elsewhere" "ran: z" "$(cd / && "$scratch/link" z)"
ln -s link "$scratch/link2"
expect "through two links" "ran: z" "$(cd "$scratch" && ./link2 z)"
expect "from PATH" "ran: z" "$(PATH=$tree:$PATH && cd / && infersim z)"

touched() { # touched <what> <command...>: the command makes the next run build, once
  what=$1
  shift
  before=$(builds)
  sleep 0.02
  "$@"
  "$tree/infersim" >/dev/null 2>&1
  "$tree/infersim" >/dev/null 2>&1
  expect "$what" $((before + 1)) "$(builds)"
}
touched "a changed source" touch "$tree/sim/core/a.cpp"
touched "a changed description" touch "$tree/hardware/devices/a.toml"
touched "an added source" touch "$tree/sim/core/b.cpp"
touched "a removed source" rm "$tree/sim/core/b.cpp"
touched "a changed CMake file" touch "$tree/cmake/x.cmake"
touched "a changed CMakeLists" touch "$tree/CMakeLists.txt"

before=$(builds)
expect "the program of calibrate is not built before" "" "$(ls "$tree/build/program" | grep calib)"
expect "calibrate runs" "ran: calibrate --help" "$("$tree/infersim" calibrate --help 2>/dev/null)"
expect "calibrate builds once" $((before + 1)) "$(builds)"
"$tree/infersim" calibrate >/dev/null 2>&1
expect "and then no more" $((before + 1)) "$(builds)"
expect "the program of calibrate is built" infersim-calibrate \
  "$(ls "$tree/build/program" | grep calib | grep -v built)"
sleep 0.02
touch "$tree/sim/core/a.cpp"
"$tree/infersim" calibrate >/dev/null 2>&1
expect "calibrate builds what has changed" $((before + 2)) "$(builds)"
touched "and the program after it" true

before=$(builds)
sleep 0.02
touch "$tree/sim/core/a.cpp"
for _ in 1 2 3 4; do "$tree/infersim" >>"$scratch/many" 2>/dev/null & done
wait
expect "runs at the same time build once" $((before + 1)) "$(builds)"
expect "and all of them run" 4 "$(wc -l <"$scratch/many" | tr -d ' ')"

sleep 0.02
touch "$tree/sim/core/a.cpp" "$tree/broken"
out=$("$tree/infersim" 2>"$scratch/err")
expect "a failed build exits 2" 2 $?
expect "a failed build runs nothing" "" "$out"
expect "a failed build shows why" 1 "$(grep -c 'a.cpp:1:1: error: broken' "$scratch/err")"
rm "$tree/broken"
expect "the next run recovers" "ran: " "$("$tree/infersim" 2>/dev/null)"

# Without tools and without root: one command to run. The shell finds only what is listed here.
mkdir "$scratch/bare"
for tool in sh find readlink mkdir flock date touch nproc mv cat tail rm grep; do
  ln -s "$(command -v $tool)" "$scratch/bare/$tool"
done
printf '#!/bin/sh\necho 1000\n' >"$scratch/bare/id"
printf '#!/bin/sh\nexit 1\n' >"$scratch/bare/apt-get"
chmod +x "$scratch/bare/id" "$scratch/bare/apt-get"
sleep 0.02
touch "$tree/sim/core/a.cpp"
out=$(PATH=$scratch/bare "$tree/infersim" 2>"$scratch/err")
expect "without root it exits 2" 2 $?
expect "and prints nothing to stdout" "" "$out"
expect "and names one command" 1 "$(grep -c '^  apt-get install --no-install-recommends g++ cmake' \
  "$scratch/err")"

# The scripts name every package that CMake asks for, so that a bare machine needs one installation.
for package in $(sed -n 's/^ *infersim_find([^ ]* \([a-z0-9-]*\).*/\1/p' \
  "$repository/cmake/InfersimPackages.cmake"); do
  expect "$package is known to tools/build.sh" "$package" \
    "$(tr -s ' "=\\' '\n' <"$repository/tools/build.sh" | grep -x "$package" | head -n 1)"
done

[ $failures -eq 0 ] && rm -rf "$scratch"
exit $((failures > 0))
