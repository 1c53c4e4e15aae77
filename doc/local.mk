# SPDX-License-Identifier: MIT
dist_man_MANS += doc/tcp2vsock.1
dist_man_MANS += doc/libvsock.3
dist_man_MANS += doc/tcp2vsock.conf.5
EXTRA_DIST += doc/example.conf
EXTRA_DIST += doc/from-others.md
EXTRA_DIST += doc/hybrid-vsock.md
