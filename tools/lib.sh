# shellcheck shell=bash disable=SC2034
# Shared by tools/run and tools/test: phases with a progress line each, packages, builds. Sourced, not run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
started=$SECONDS
logs="$root/build/logs"
mkdir -p "$logs"

# Object files are shared between checkouts and build folders.
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE="${CCACHE_MAXSIZE:-5G}"

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
clock() { printf '%d:%02d' $(((SECONDS - started) / 60)) $(((SECONDS - started) % 60)); }

# phase NAME CMD…: runs CMD (a function must chain with &&: errexit is off in it) with its output in a file; a line when it begins, one when it ends, the end of the output if
# it fails. On a terminal the last line of output is shown while it runs.
phase() {
  local name=$1 log began=$SECONDS status=0
  shift
  log="$logs/$(printf '%s' "$name" | tr -c 'A-Za-z0-9\n' '-').log"
  printf '[%s] %s …\n' "$(clock)" "$name"
  if [ -t 1 ]; then
    "$@" >"$log" 2>&1 &
    local pid=$!
    while kill -0 "$pid" 2>/dev/null; do
      printf '\r\033[K      %.100s' "$(tail -c 300 "$log" | tr '\r' '\n' | grep -v '^$' | tail -n 1)"
      sleep 0.5
    done
    wait "$pid" || status=$?
    printf '\r\033[K'
  else
    "$@" >"$log" 2>&1 || status=$?
  fi
  if [ "$status" -ne 0 ]; then
    tail -n 60 "$log" >&2
    die "$name failed after $((SECONDS - began)) s (exit code $status); the whole output is in ${log#"$root"/}"
  fi
  printf '[%s] %s: done in %d s\n' "$(clock)" "$name" $((SECONDS - began))
}

# All from Debian 12. What a program needs to run is linked in by the -dev packages.
packages_build=(build-essential cmake ninja-build ccache git ca-certificates
  libasio-dev librestinio-dev libhttp-parser-dev libspdlog-dev libfmt-dev libcli11-dev libtomlplusplus-dev
  nlohmann-json3-dev libsqlite3-dev libpqxx-dev libssl-dev prometheus-cpp-dev libxxhash-dev libcurl4-openssl-dev
  libpugixml-dev libnats-dev libjpeg62-turbo-dev libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libswresample-dev libseccomp-dev libpcap-dev file)
packages_demo=(ffmpeg curl)
packages_test=(libgtest-dev libgmock-dev libbenchmark-dev clang-19 clang-tidy-19 clang-format-19 llvm-19
  libclang-rt-19-dev lld-19 ffmpeg curl jq sqlite3 postgresql openssl strace shellcheck chromium procps
  nats-server radosgw ceph-mon ceph-osd ceph-common haproxy python3 iproute2 tshark
  python3-yaml docker-compose prometheus tcpdump systemd)
# Debian's where no other is there: the two do not stand each other.
{ command -v node && command -v npm; } >/dev/null || packages_test+=(nodejs npm)

install_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  say "missing: ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { say "Installing needs root; run as root or install sudo."; return 1; }
    as_root=(sudo)
  fi
  export DEBIAN_FRONTEND=noninteractive
  "${as_root[@]}" apt-get update &&
    "${as_root[@]}" apt-get install -y --no-install-recommends "${missing[@]}"
}

# build PRESET TESTS TARGET…: TESTS is ON or OFF; OFF does without the packages of tests
build() {
  local preset=$1 tests=$2
  shift 2
  cmake --preset "$preset" -DDUALCAM_TESTS="$tests" &&
    cmake --build --preset "$preset" --target "$@"
}
