/* SPDX-License-Identifier: MIT */
#ifndef TCP2VSOCK_LAUNCHER_DOCTOR_DOCTOR_FILES_H
#define TCP2VSOCK_LAUNCHER_DOCTOR_DOCTOR_FILES_H

#include "launcher/doctor/doctor_facts.h"

/*
 * Fills in what files say: modules, virtio devices, seccomp, low_ports,
 * container and is_vm. facts->release must be there already. root as in
 * doctor_look().
 */
void doctor_read_files(struct doctor_facts *facts, const char *root);

#endif
