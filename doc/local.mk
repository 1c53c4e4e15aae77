# SPDX-License-Identifier: MIT
dist_man_MANS += \
	doc/libvsock.3 \
	doc/tcp2vsock.1 \
	doc/tcp2vsock.conf.5 \
	$(NULL)
dist_doc_DATA += \
	doc/containers.md \
	doc/enclaves.md \
	doc/example.conf \
	doc/from-others.md \
	doc/hybrid-vsock.md \
	doc/security.md \
	doc/services.md \
	doc/virtual-machines.md \
	$(NULL)
