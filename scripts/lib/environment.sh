# What every script of this project needs: Debian packages, the Swift toolchain, privilege. To be sourced.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

# What the build links with and what the lab runs.
debian_packages=(libpcap-dev libnl-3-dev libnl-route-3-dev libyaml-dev libsodium-dev libcbor-dev pkg-config iproute2 util-linux)
# What `lclab bench delivery` needs: loss, and others' programs to compare with.
delivery_packages=(nftables diffutils uftp udpcast)
# What tests compare with: other people's dissectors, codecs and receivers, the Python ones of exactly these versions.
test_packages=(tshark python3-venv)
# What the recipes of docs/recipes.md install updates with, what makes such updates, and what checks units.
test_packages+=(swupdate cpio openssl rauc squashfs-tools dbus-daemon systemd)
python_oracles=(raptorq==2.0.0 cbor2==5.9.0 pycose==1.1.0 flute-alc==1.11.7)

if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi

say() { printf '%s==>%s %s\n' "$bold" "$plain" "$*"; }
fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# Installs the Debian packages that are missing, and says which.
install_packages() {
    local package missing=() privilege=()
    for package in "$@"; do
        case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
            "install ok installed") ;;
            *) missing+=("$package") ;;
        esac
    done
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || fail "these Debian packages, or their like, are missing: ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "missing: run as root: apt-get install ${missing[*]}"
        privilege=(sudo)
    fi
    say "installing ${missing[*]}"
    "${privilege[@]}" apt-get update -qq
    "${privilege[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Installs the Python packages that tests compare with, in a folder of their own, and prints it. Other versions in the list: anew.
install_python_oracles() {
    local folder=$root/.build-oracles list=${python_oracles[*]}
    if [ "$(cat "$folder/installed" 2>/dev/null)" != "$list" ]; then
        say "installing $list" >&2
        rm -rf "$folder"
        python3 -m venv "$folder" >&2 && "$folder/bin/pip" install --quiet --disable-pip-version-check \
            "${python_oracles[@]}" >&2 || fail "the Python packages to compare with cannot be installed: $list"
        echo "$list" >"$folder/installed"
    fi
    echo "$folder"
}

# Swift 6.1 or later.
require_swift() {
    command -v swift >/dev/null ||
        fail "no swift in PATH: install Swift 6.1 or later for Debian 12 from https://www.swift.org/install/linux/"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -1)
    [ "$(printf '6.1\n%s\n' "${version:-0}" | sort -V | head -1)" = 6.1 ] ||
        fail "Swift ${version:-of unknown version} found, 6.1 or later needed"
}

# How this user comes by network namespaces: root, userns (a user namespace of one's own), sudo or none.
# sudo only where it asks nothing, unless "$1" is "ask".
namespace_privilege() {
    if [ "$(id -u)" -eq 0 ]; then
        echo root
    elif unshare --user --map-root-user --net --mount true 2>/dev/null; then
        echo userns
    elif command -v sudo >/dev/null && { [ "${1:-}" = ask ] || sudo -n true 2>/dev/null; }; then
        echo sudo
    else
        echo none
    fi
}

# Runs a command with that privilege; with none, as it is.
with_privilege() {
    local privilege=$1
    shift
    case $privilege in
        userns)
            unshare --user --map-root-user --net --mount -- sh -c \
                'mount -t tmpfs tmpfs /run && ip link set lo up && exec "$@"' sh "$@"
            ;;
        sudo) sudo --preserve-env=LCROUTE_BINARIES,LCROUTE_ORACLES "$@" ;;
        *) "$@" ;;
    esac
}

# Builds the four programs as they are to be installed: static, so that they run where no Swift is installed and share no runtime. The linker's
# options make them smaller in memory by a megabyte of relocations; they need glibc 2.36, Debian 12's.
# Prints the folder they are in.
build_programs() {
    local product options=(--configuration release --static-swift-stdlib
        -Xswiftc -use-ld=lld -Xlinker -z -Xlinker pack-relative-relocs)
    for product in lcrouted lcroute lcupdate lclab; do
        swift build "${options[@]}" --product "$product" --quiet >&2
    done
    swift build "${options[@]}" --show-bin-path
}
