#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the users and folders that Kolla-Ansible expects in an image, with its numbers, below the folder $1: prepare.sh ROOT
set -eu
root=${1%/}

# Kolla never gives a number to another user, nor have these been given since.
kolla=42400 fluentd=42474 qinling=42484
cat >> "$root/etc/passwd" << END
kolla:x:$kolla:$kolla::/var/lib/kolla:/usr/sbin/nologin
fluentd:x:$fluentd:$fluentd::/var/lib/fluentd:/usr/sbin/nologin
qinling:x:$qinling:$qinling::/var/lib/qinling:/usr/sbin/nologin
END
cat >> "$root/etc/group" << END
kolla:x:$kolla:qinling,fluentd
fluentd:x:$fluentd:
qinling:x:$qinling:
END

folder() { install -d -o "$1" -g "$2" -m "$3" "$root$4"; }
folder $qinling $qinling 0755 /var/lib/qinling
folder $qinling $qinling 0755 /etc/qinling
folder 0 0 0755 /var/lib/kolla/config_files
folder 0 0 0755 /var/lib/kolla/share
folder 0 0 0755 /etc/kolla
folder 0 $kolla 2775 /var/log/kolla
# Kolla mounts those of the host there. Over a link, as Debian's images have one, that changes what the link points to, and Java
# goes by the name of that.
rm -f "$root/etc/localtime" "$root/etc/timezone"
# kolla_copy_cacerts adds to these.
install -D -m 644 "$root/etc/ssl/certs/ca-certificates.crt" "$root/usr/share/qinling/ca-certificates.crt"
# `openstack_cacert` names the file of kolla_base_distro, which is not always Debian.
for file in /etc/pki/tls/certs/ca-bundle.crt /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem; do
    install -d "$root${file%/*}"
    ln -s /etc/ssl/certs/ca-certificates.crt "$root$file"
done
chown 0:0 "$root/etc/sudoers.d/kolla"
chmod 0440 "$root/etc/sudoers.d/kolla"
