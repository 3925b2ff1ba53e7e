#!/bin/bash
# Makes a mount and a network namespace that it is run in look like a host on which Warder has just been installed, and
# becomes its only user's shell.
#
# In:     DIRECTORY, as scratch-host.ts made it; the INSTANCE that the runtime is; root, in namespaces of its own.
# Out:    never returns: a shell of the user `dev`, which reads commands from stdin.
set -eu

D=$1
ip link set lo up
mount --make-rprivate /
for folder in etc var/lib root srv; do
	mkdir -p "$D/over/$folder/upper" "$D/over/$folder/work"
	mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$D/over/$folder/upper,workdir=$D/over/$folder/work" "/$folder"
done
rm -rf /etc/warder /var/lib/warder-gateway /var/lib/warder-runtime /root/.local
cp -r "$D/installed/etc/warder" /etc/warder
install -d -m 750 /etc/warder/policies
printf '%s\n' 'dev:x:4242:4242::/home/dev:/bin/bash' 'warder-gateway:x:4343:4343::/var/lib/warder-gateway:/usr/sbin/nologin' >>/etc/passwd
printf '%s\n' 'dev:x:4242:' 'developers:x:4300:dev' 'warder-gateway:x:4343:' >>/etc/group
chgrp warder-gateway /etc/warder/policies
echo '127.0.0.1 gateway.example.org' >>/etc/hosts
mkdir -p /run/warder
mount -t tmpfs -o mode=755 tmpfs /run/warder
# Two things that are only here: a bin directory with a sudo, and what the services write.
mount -t tmpfs -o mode=755 tmpfs "$D/bin"
install -m 755 "$D/tools/systemctl" "$D/tools/journalctl" "$D/bin/"
install -m 4755 "$D/tools/sudo" "$D/bin/sudo"
mkdir -p "$D/installed/usr/local/sbin"
mount --bind "$D/installed/usr/local" /usr/local
mount --bind "$D/bin" /usr/local/sbin
mount --bind "$D/home" /home
mkdir /var/lib/scratch
# Last: the directory lies in /tmp itself.
mount --bind "$D/tmp" /tmp
cd /home/dev/warder
exec env -i PATH=/home/dev/.local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/home/dev USER=dev \
	LOGNAME=dev LC_ALL=C.UTF-8 TERM=dumb "WARDER_INSTANCE=$2" setpriv --reuid=4242 --regid=4242 --groups=4242,4300 \
	--inh-caps=-all bash --noprofile --norc
