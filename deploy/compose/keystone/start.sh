#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Starts Keystone at port 5000 of KEYSTONE_ADDRESS, at the first time with an administrator `admin` and what Qinling needs.
# KEYSTONE_PASSWORD is the password of both, QINLING_URL is where the API is.
set -eu
home=/var/lib/keystone url=http://$KEYSTONE_ADDRESS:5000/v3
conf=$home/keystone.conf
cat > "$conf" << END
[database]
connection = sqlite:///$home/keystone.db
[fernet_tokens]
key_repository = $home/fernet-keys
[fernet_receipts]
key_repository = $home/fernet-keys
[credential]
key_repository = $home/credential-keys
END
manage() { keystone-manage --config-file "$conf" "$@"; }

manage db_sync
# With it a reader keeps no writer waiting; it stays with the file.
/usr/bin/python3 -c "import sqlite3; sqlite3.connect('$home/keystone.db').execute('PRAGMA journal_mode = WAL')"
for keys in fernet credential; do
  mkdir -p -m 700 "$home/$keys-keys"
  manage "${keys}_setup" --keystone-user "$(id -un)" --keystone-group "$(id -gn)"
done
manage bootstrap --bootstrap-password "$KEYSTONE_PASSWORD" --bootstrap-public-url "$url" --bootstrap-region-id RegionOne

OS_KEYSTONE_CONFIG_FILES=$conf /usr/bin/python3 "${0%/*}/serve.py" &
server=$!
trap 'kill "$server"' EXIT
trap 'exit 143' INT TERM

export OS_AUTH_URL=$url OS_IDENTITY_API_VERSION=3 OS_USERNAME=admin OS_PASSWORD="$KEYSTONE_PASSWORD" OS_PROJECT_NAME=admin \
  OS_USER_DOMAIN_ID=default OS_PROJECT_DOMAIN_ID=default
curl -s -o /dev/null --retry 60 --retry-connrefused --retry-delay 1 "$url"
openstack project create --or-show service > /dev/null
openstack user create --or-show --project service --password "$KEYSTONE_PASSWORD" qinling > /dev/null
openstack role create --or-show service > /dev/null
openstack role add --user qinling --project service service
if [ -z "$(openstack service list -f value -c Type | grep -x function-engine)" ]; then
  openstack service create --name qinling function-engine > /dev/null
fi
endpoint=$(openstack endpoint list --service function-engine --interface public -f value -c ID)
if [ -z "$endpoint" ]; then
  openstack endpoint create --region RegionOne function-engine public "$QINLING_URL" > /dev/null
else
  openstack endpoint set --url "$QINLING_URL" "$endpoint"
fi
echo "Keystone and what Qinling needs in it are there: $url"
wait "$server"
