#!/bin/sh
# SPDX-License-Identifier: MIT
# Dovecot's IMAP: its master listens, one process logs in, and hands the
# connection on to another.
#
# Setting: import_environment = $import_environment LD_PRELOAD TCP2VSOCK_MAP
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs dovecot dovecot-imapd python3 python3 ss iproute2
[ -x /usr/lib/dovecot/imap ] || needs imap dovecot-imapd
in_rig 200

chmod 755 .
mkdir base mail && chown mail:mail mail
cat >dovecot.conf <<END
base_dir = $PWD/base
state_dir = $PWD/base
log_path = $PWD/log
protocols = imap
listen = *, ::
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:$PWD/mail/%u
import_environment = \$import_environment LD_PRELOAD TCP2VSOCK_MAP
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=mail gid=mail home=$PWD/mail/%u
}
service imap-login {
  inet_listener imap {
    port = 1143
  }
  inet_listener imaps {
    port = 0
  }
}
END
cat >mail.py <<END
import imaplib
with imaplib.IMAP4('$address', 1143, timeout=60) as imap:
    imap.login('user', 'secret')
    text = b'Subject: vsock\r\n\r\n' + 20000 * b'text\r\n'
    assert imap.append('INBOX', None, None, text)[0] == 'OK'
    imap.select()
    assert imap.fetch('1', '(RFC822)')[1][0][1] == text
END

start dovecot 1143 dovecot -F -c "$PWD/dovecot.conf"
up dovecot 1143
check "a mail there and back" client 1143 python3 mail.py
check "the client is 127.0.0.1" grep -q 'Login: user=<user>.*rip=127.0.0.1' log
check "no TCP socket was made for port 1143" no_tcp 1143
check "no TCP connection was tried" no_opens
finish
