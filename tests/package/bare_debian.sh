#!/bin/sh
# bare_debian.sh [--base FOLDER] [--worktree] [COMMAND...]
#
# The story of a new user, timed: a Debian 12 with nothing on it (debootstrap, no compiler), a clean
# clone of this repository, and COMMAND run there as root; without one, `./infersim --help`. Exits as
# the command does. Packages come from where this machine gets its own.
#   --base FOLDER  keep the empty system there and use it again (making one takes a minute or two)
#   --worktree     the working tree instead of a clone of what is committed
# Needs root and debootstrap. Not a part of ./check: it installs half a gigabyte of packages.
set -eu

root=$(cd -P -- "$(dirname -- "$0")/../.." && pwd)
base=
worktree=
while [ $# -gt 0 ]; do
  case $1 in
    --base)
      base=$2
      shift 2
      ;;
    --worktree)
      worktree=yes
      shift
      ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || set -- ./infersim --help

fail() {
  echo "bare_debian: $*" >&2
  exit 2
}

[ "$(id -u)" = 0 ] || fail "needs root"
command -v debootstrap >/dev/null || fail "needs debootstrap (apt-get install debootstrap)"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/bare-debian-XXXXXX")
system=$scratch/system
finish() {
  for mounted in proc dev; do
    while mountpoint -q "$system/$mounted"; do umount "$system/$mounted"; done
  done
  rm -rf --one-file-system "$scratch"
}
trap finish EXIT
trap 'exit 130' INT TERM

# Where this machine gets the packages of Debian 12 from: URI, suite and component a line.
sources=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
  'Created-By: Packages' | grep -E ' bookworm[^ ]* main$' | sort -u)
mirror=$(printf '%s\n' "$sources" | awk '$2 == "bookworm" { print $1; exit }')
[ -n "$mirror" ] || fail "no source of bookworm's packages in this machine's apt; apt-get update?"

make_base() { # make_base <folder>
  echo "bare_debian: making an empty Debian 12" >&2
  debootstrap --variant=minbase bookworm "$1" "$mirror" >"$scratch/debootstrap.log" 2>&1 || {
    tail -n 20 "$scratch/debootstrap.log" >&2
    fail "debootstrap failed"
  }
  printf '%s\n' "$sources" | sed 's/^/deb /' >"$1/etc/apt/sources.list"
}

if [ -z "$base" ]; then
  make_base "$system"
else
  [ -e "$base/etc/apt/sources.list" ] || make_base "$base"
  cp -a -- "$base" "$system"
fi

# How this machine reaches them: names, proxies, certificates.
for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt; do
  [ -e "$file" ] || continue
  mkdir -p "$system${file%/*}"
  cp -L -- "$file" "$system$file"
done
apt-config dump --format '%F "%v";%n' Acquire | grep -v '""' >"$system/etc/apt/apt.conf.d/99host" ||
  true

mount -t proc proc "$system/proc"
[ -c "$system/dev/null" ] || mount --bind /dev "$system/dev"

mkdir -p "$system/srv"
if [ -n "$worktree" ]; then
  mkdir "$system/srv/infersim"
  (cd "$root" && git ls-files -z --cached --others --exclude-standard |
    tar --null --ignore-failed-read -cf - -T -) | tar -xf - -C "$system/srv/infersim"
else
  git clone -q --no-hardlinks "$root" "$system/srv/infersim"
fi

for tool in c++ g++ cmake ninja make; do
  [ ! -e "$system/usr/bin/$tool" ] || fail "the empty system has a $tool"
done

echo "bare_debian: $*" >&2
started=$(date +%s.%N)
status=0
chroot "$system" /bin/sh -c 'cd /srv/infersim && exec "$@"' sh "$@" </dev/null || status=$?
echo "bare_debian: exit code $status after $(date +%s.%N |
  awk -v started="$started" '{ printf "%.1f", $1 - started }') s" >&2
exit $status
