# SPDX-License-Identifier: MIT
bin_PROGRAMS += launcher/tcp2vsock

# What --doctor is made of; its unit tests take it, too.
doctor_sources = \
	launcher/doctor/doctor_facts.c \
	launcher/doctor/doctor_facts.h \
	launcher/doctor/doctor_files.c \
	launcher/doctor/doctor_files.h \
	launcher/doctor/doctor_json.c \
	launcher/doctor/doctor_judge.c \
	launcher/doctor/doctor_judge.h \
	launcher/doctor/doctor_report.c \
	launcher/doctor/doctor_report.h \
	launcher/doctor/doctor_rules.c \
	$(NULL)

# What --import is made of; a fuzz target takes it, too.
import_sources = \
	launcher/import/command.c \
	launcher/import/container.c \
	launcher/import/control.c \
	launcher/import/endpoint.c \
	launcher/import/endpoint.h \
	launcher/import/forwarders.c \
	launcher/import/frame.c \
	launcher/import/import.c \
	launcher/import/import.h \
	launcher/import/ini.c \
	launcher/import/ip2unix.c \
	launcher/import/iptables.c \
	launcher/import/iptables_save.c \
	launcher/import/kind.c \
	launcher/import/output.c \
	launcher/import/proxychains.c \
	launcher/import/shell.c \
	launcher/import/shell.h \
	launcher/import/socat.c \
	launcher/import/span.c \
	launcher/import/span.h \
	launcher/import/value.c \
	launcher/import/words.c \
	launcher/import/words.h \
	launcher/import/yaml.c \
	$(NULL)

launcher_tcp2vsock_SOURCES = \
	launcher/absolute.c \
	launcher/absolute.h \
	launcher/doctor/doctor.c \
	launcher/doctor/doctor.h \
	$(doctor_sources) \
	$(import_sources) \
	launcher/program/elffile.c \
	launcher/program/elffile.h \
	launcher/explain.c \
	launcher/explain.h \
	launcher/library.c \
	launcher/library.h \
	launcher/library_place.c \
	launcher/library_place.h \
	launcher/main.c \
	launcher/options.c \
	launcher/options.h \
	launcher/output.c \
	launcher/output.h \
	launcher/program/privilege.c \
	launcher/program/privilege.h \
	launcher/program/program.c \
	launcher/program/program.h \
	launcher/program/reach.c \
	launcher/program/reach.h \
	launcher/rules.c \
	launcher/rules.h \
	$(NULL)
launcher_tcp2vsock_CPPFLAGS = $(AM_CPPFLAGS) \
	-DSYSCONFDIR='"$(sysconfdir)"' \
	-DBINDIR='"$(bindir)"' \
	-DPKGLIBDIR='"$(pkglibdir)"'
launcher_tcp2vsock_LDADD = supervise/libsupervise.la config/libconfig.la

# It holds folders, which another ./configure may have changed.
launcher/tcp2vsock-library_place.$(OBJEXT): Makefile

# The installed command finds the installed library, and loads it.
installcheck-local: installcheck-launcher
.PHONY: installcheck-launcher
installcheck-launcher:
	env -u TCP2VSOCK_LIBRARY $(DESTDIR)$(bindir)/tcp2vsock \
		-m 'connect 10.0.0.5:5432 = refuse' \
		grep -q '$(pkglibdir)/libtcp2vsock.so' /proc/self/maps
