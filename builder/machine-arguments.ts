/** Kernel arguments that belong to one machine, its disks and console, or that ostree writes anew for each deployment. */
export const OF_THE_MACHINE =
  /^(ostree|root|rootflags|rootfstype|boot|BOOT_IMAGE|initrd|console|earlycon|resume|ip|nameserver|bootdev|hostname|ibu|rw|ro|systemd\.machine_id|ignition\..*|rd\.luks\..*|rd\.lvm\..*|rd\.md\..*|rd\.iscsi\..*|rd\.znet|rd\.neednet)(=|$)/s;
