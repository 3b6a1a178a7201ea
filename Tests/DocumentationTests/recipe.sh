#!/bin/bash
# Runs a recipe of docs/recipes.md as it is printed, with a sender beside it, until what it installs is there:
# recipe.sh NAME FILE-WITH-THE-RECIPE FOLDER-OF-PROGRAMS EMPTY-FOLDER. In network, mount and process namespaces of its own.
set -euo pipefail
name=$1 recipe=$2 programs=$3 work=$4

# What recipes change of the machine, they change on a layer that goes with the namespace.
mount -t tmpfs tmpfs "$work"
for place in etc var usr/local; do
    mkdir -p "$work/over/$place" "$work/under/$place"
    mount -t overlay overlay -o "lowerdir=/$place,upperdir=$work/over/$place,workdir=$work/under/$place" "/$place"
done
mount -t tmpfs tmpfs /run
mkdir -p /etc/lcroute /var/cache /usr/local/bin
for program in lcrouted lcroute lcupdate; do ln -sf "$programs/$program" /usr/local/bin/; done
export PATH=/usr/local/bin:$PATH
cd "$work"

certificate() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 -subj /CN=test \
        -addext keyUsage=digitalSignature -addext extendedKeyUsage=emailProtection 2>/dev/null
}

# Each makes the update that is to be sent, and what a device has to have; `installed` tells whether it has arrived.
swupdate_image() {
    certificate
    cp certificate.pem /etc/lcroute/swupdate.pem
    head -c 20000 /dev/urandom >content
    cat >sw-description <<END
software = {
  version = "1.0";
  hardware-compatibility = ["1.0"];
  files: ( { filename = "content"; path = "$work/result"; sha256 = "$(sha256sum content | cut -d' ' -f1)"; } );
}
END
    openssl cms -sign -in sw-description -out sw-description.sig -signer certificate.pem -inkey key.pem -outform DER \
        -nosmimecap -binary
    printf '%s\n' sw-description sw-description.sig content | cpio --quiet -o -H crc >update
    installed() { cmp -s content result; }
}

rauc_bundle() {
    certificate
    mkdir -p bundle /etc/rauc mount
    head -c 20000 /dev/urandom >bundle/content.img
    printf '%s\n' '[update]' compatible=acme version=2 '[bundle]' format=plain '[image.rootfs]' filename=content.img \
        >bundle/manifest.raucm
    truncate -s 64k slot0 slot1
    printf '#!/bin/sh\ncase $1 in get-primary) echo A;; get-state) echo good;; esac\n' >boot
    chmod +x boot
    cat >/etc/rauc/system.conf <<END
[system]
compatible=acme
bootloader=custom
bundle-formats=plain
[handlers]
bootloader-custom-backend=$work/boot
[keyring]
path=$work/certificate.pem
[slot.rootfs.0]
device=$work/slot0
type=raw
bootname=A
[slot.rootfs.1]
device=$work/slot1
type=raw
bootname=B
END
    rauc --cert certificate.pem --key key.pem bundle bundle update >/dev/null 2>&1
    # The system's bus and RAUC's service on it, as init would have started them.
    export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/bus
    dbus-daemon --session --address="$DBUS_SYSTEM_BUS_ADDRESS" --fork 2>/dev/null
    rauc --mount="$work/mount" --override-boot-slot=A service >service.log 2>&1 &
    installed() { cmp -s -n 20000 bundle/content.img slot1; }
}

debian_package() {
    # A root of its own for dpkg, in which an earlier version is installed whose configuration file was changed.
    mkdir -p root/var/lib/dpkg/{info,updates,triggers} root/var/lib/apt/lists/partial root/var/cache/apt/archives/partial
    touch root/var/lib/dpkg/{status,available}
    cat >apt.conf <<END
Dir::State "$work/root/var/lib/apt";
Dir::State::status "$work/root/var/lib/dpkg/status";
Dir::Cache "$work/root/var/cache/apt";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "/dev/null";
APT::Sandbox::User "root";
DPkg::Options { "--root=$work/root"; "--force-script-chrootless"; };
END
    export APT_CONFIG=$work/apt.conf
    for version in 1 2; do
        mkdir -p "package$version"/{DEBIAN,etc}
        echo "version $version" >"package$version/etc/agent.conf"
        echo /etc/agent.conf >"package$version/DEBIAN/conffiles"
        printf '%s\n' 'Package: agent' "Version: $version" 'Architecture: all' 'Maintainer: test <test@example.org>' \
            'Description: test' >"package$version/DEBIAN/control"
        dpkg-deb --root-owner-group --build "package$version" "agent$version.deb" >/dev/null
    done
    dpkg --root="$work/root" --install agent1.deb >/dev/null
    echo changed >root/etc/agent.conf
    cp agent2.deb update
    installed() {
        [ "$(dpkg-query --admindir="$work/root/var/lib/dpkg" -W -f '${Version} ${Status}' agent)" = \
            "2 install ok installed" ] && [ "$(cat root/etc/agent.conf)" = changed ] && [ -e root/etc/agent.conf.dpkg-dist ]
    }
}

# Not a recipe: unit files, as they are to be installed.
if [ "$name" = unit ]; then
    said=$(systemd-analyze verify --man=no "$recipe" 2>&1) && [ -z "$said" ] && exit
    echo "$said" >&2
    exit 1
fi

ip link set lo up
ip link add lan0 type veth peer name lan1
ip link set lan0 up
ip link set lan1 up
ip address add 2001:db8:1::1/64 dev lan0 nodad
"$name"
lcupdate keygen release >/dev/null
cp release.pub /etc/lcroute/
lcupdate sign update --key release --sequence 1 --vendor acme --class gateway -o update.lcu >/dev/null
lcupdate send update.lcu --group ff3e::8000:42 --source 2001:db8:1::1 --interface lan0 --trigger always 2>sender.log &
bash "$recipe" >recipe.log 2>&1 </dev/null &
for _ in {1..300}; do
    if installed; then exit; fi
    sleep 0.1
done
cat sender.log recipe.log ./*.log >&2
exit 1
