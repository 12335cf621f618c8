//! The system calls that a run may make. The filter for seccomp(2) is a program in the kernel's classic BPF.
//!
//! A call is allowed if its number is known to this file and the call is not refused below. A newer kernel may have calls that this file does not
//! know. They fail with ENOSYS, as if they did not exist, and programs then use older calls.

/// The error number EPERM: operation not permitted.
const EPERM: u32 = 1;
/// The error number ENOSYS: function not implemented.
const ENOSYS: u32 = 38;
/// The error number EAFNOSUPPORT: address family not supported.
const EAFNOSUPPORT: u32 = 97;

const ALLOW: u32 = 0x7fff_0000;
const KILL_PROCESS: u32 = 0x8000_0000;
const ERRNO: u32 = 0x0005_0000;

/// The largest system call number that this file knows, on every architecture: `mseal`.
const LAST: u32 = 462;

/// The first system call number from which all architectures use the same numbers.
const FIRST_SHARED: u32 = 424;

/// The number of `clone3`. A filter cannot read the flags of `clone3`, because they are behind a pointer.
const CLONE3: u32 = 435;

/// Flags of `clone` that create a new namespace: mounts, cgroups, host name, IPC, users, processes, network.
const NEW_NAMESPACES: u32 = 0x7e02_0000;

/// The `ioctl` requests TIOCSTI and TIOCLINUX, which put input into a terminal.
const TERMINAL_INPUT: [u32; 2] = [0x5412, 0x541c];

/// The allowed socket families: local, IPv4, IPv6 and netlink. These are limited by the run's network namespace, which has no route out. Other
/// families, such as vsock, are not limited by a network namespace.
const SOCKET_FAMILIES: [u32; 4] = [1, 2, 10, 16];

/// The allowed arguments of `personality`: plain Linux, and the query of the current value. Neither changes the process.
const PERSONALITIES: [u32; 2] = [0, 0xffff_ffff];

/// The properties in which architectures differ.
struct Architecture {
    /// The architecture's AUDIT_ARCH_* value, which the kernel passes to the filter.
    audit: u32,
    /// The last number in the part of the table that differs between architectures.
    last_own: u32,
    /// The system call number of `socket`; the next three fields are the numbers of `clone`, `ioctl` and `personality`.
    socket: u32,
    clone: u32,
    ioctl: u32,
    personality: u32,
    /// The numbers of refused calls. They concern other processes' memory, mounts, namespaces, keys, modules,
    /// clocks, quotas, file handles, BPF and tracing.
    refused: &'static [u32],
}

const X86_64: Architecture = Architecture {
    audit: 0xc000_003e,
    last_own: 334,
    socket: 41,
    clone: 56,
    ioctl: 16,
    personality: 135,
    refused: &[
        101, // ptrace
        103, // syslog
        134, // uselib
        136, // ustat
        139, // sysfs
        153, // vhangup
        154, // modify_ldt
        155, // pivot_root
        156, // _sysctl
        159, // adjtimex
        161, // chroot
        163, // acct
        164, // settimeofday
        165, // mount
        166, // umount2
        167, // swapon
        168, // swapoff
        169, // reboot
        170, // sethostname
        171, // setdomainname
        172, // iopl
        173, // ioperm
        174, // create_module
        175, // init_module
        176, // delete_module
        177, // get_kernel_syms
        178, // query_module
        179, // quotactl
        180, // nfsservctl
        212, // lookup_dcookie
        227, // clock_settime
        236, // vserver
        237, // mbind
        238, // set_mempolicy
        239, // get_mempolicy
        246, // kexec_load
        248, // add_key
        249, // request_key
        250, // keyctl
        256, // migrate_pages
        272, // unshare
        279, // move_pages
        298, // perf_event_open
        300, // fanotify_init
        301, // fanotify_mark
        303, // name_to_handle_at
        304, // open_by_handle_at
        305, // clock_adjtime
        308, // setns
        310, // process_vm_readv
        311, // process_vm_writev
        312, // kcmp
        313, // finit_module
        320, // kexec_file_load
        321, // bpf
        323, // userfaultfd
    ],
};

const AARCH64: Architecture = Architecture {
    audit: 0xc000_00b7,
    last_own: 294,
    socket: 198,
    clone: 220,
    ioctl: 29,
    personality: 92,
    refused: &[
        18,  // lookup_dcookie
        39,  // umount2
        40,  // mount
        41,  // pivot_root
        42,  // nfsservctl
        51,  // chroot
        58,  // vhangup
        60,  // quotactl
        89,  // acct
        97,  // unshare
        104, // kexec_load
        105, // init_module
        106, // delete_module
        112, // clock_settime
        116, // syslog
        117, // ptrace
        142, // reboot
        161, // sethostname
        162, // setdomainname
        170, // settimeofday
        171, // adjtimex
        217, // add_key
        218, // request_key
        219, // keyctl
        224, // swapon
        225, // swapoff
        235, // mbind
        236, // get_mempolicy
        237, // set_mempolicy
        238, // migrate_pages
        239, // move_pages
        241, // perf_event_open
        262, // fanotify_init
        263, // fanotify_mark
        264, // name_to_handle_at
        265, // open_by_handle_at
        266, // clock_adjtime
        268, // setns
        270, // process_vm_readv
        271, // process_vm_writev
        272, // kcmp
        273, // finit_module
        280, // bpf
        282, // userfaultfd
        294, // kexec_file_load
    ],
};

/// Refused system calls whose numbers are the same on all architectures.
const REFUSED_SHARED: [u32; 21] = [
    425, // io_uring_setup
    426, // io_uring_enter
    427, // io_uring_register
    428, // open_tree
    429, // move_mount
    430, // fsopen
    431, // fsconfig
    432, // fsmount
    433, // fspick
    438, // pidfd_getfd
    440, // process_madvise
    442, // mount_setattr
    443, // quotactl_fd
    447, // memfd_secret
    448, // process_mrelease
    450, // set_mempolicy_home_node
    457, // statmount
    458, // listmount
    459, // lsm_get_self_attr
    460, // lsm_set_self_attr
    461, // lsm_list_modules
];

/// The filter for this machine, in bubblewrap's format: an array of `struct sock_filter`. Absent for an architecture that has no table here.
pub(crate) fn filter() -> Option<Vec<u8>> {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => &X86_64,
        "aarch64" => &AARCH64,
        _ => return None,
    };
    Some(program(architecture).bytes())
}

/// One BPF instruction: its code, the number of instructions to skip if a comparison holds, the number to skip if it does not hold, and its operand.
type Instruction = (u16, u8, u8, u32);

#[derive(Default)]
struct Program(Vec<Instruction>);

const LOAD: u16 = 0x20;
const IF_EQUAL: u16 = 0x15;
const IF_GREATER: u16 = 0x25;
const IF_AT_LEAST: u16 = 0x35;
const IF_ANY_BIT: u16 = 0x45;
const RETURN: u16 = 0x06;

/// The offset of the system call number in `struct seccomp_data`. The next constants are the offsets of the architecture and of the lower
/// halves of the first and second argument.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const FIRST_ARGUMENT: u32 = 16;
const SECOND_ARGUMENT: u32 = 24;

impl Program {
    fn push(&mut self, instruction: Instruction) {
        self.0.push(instruction);
    }

    fn answer(&mut self, action: u32) {
        self.push((RETURN, 0, 0, action));
    }

    /// Adds a rule for the call `number` that depends on its argument at `offset`: the action `within` if the argument is one of
    /// `values`, otherwise the action `otherwise`.
    fn by_argument(&mut self, number: u32, offset: u32, values: &[u32], within: u32, otherwise: u32) {
        let length = 2 + 2 * values.len();
        self.push((IF_EQUAL, 0, u8::try_from(length).unwrap_or(u8::MAX), number));
        self.push((LOAD, 0, 0, offset));
        for value in values {
            self.push((IF_EQUAL, 0, 1, *value));
            self.answer(within);
        }
        self.answer(otherwise);
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * 8);
        for (code, if_true, if_false, operand) in &self.0 {
            bytes.extend(code.to_ne_bytes());
            bytes.extend([*if_true, *if_false]);
            bytes.extend(operand.to_ne_bytes());
        }
        bytes
    }
}

fn program(architecture: &Architecture) -> Program {
    let mut program = Program::default();
    program.push((LOAD, 0, 0, ARCHITECTURE));
    program.push((IF_EQUAL, 1, 0, architecture.audit));
    // A call of another architecture, such as a 32-bit call on the same processor, has other numbers. The process is therefore killed.
    program.answer(KILL_PROCESS);
    program.push((LOAD, 0, 0, NUMBER));
    // The numbers of x32 calls have a high bit set, so these calls are also above the last known number.
    program.push((IF_GREATER, 0, 1, LAST));
    program.answer(ERRNO | ENOSYS);
    program.push((IF_EQUAL, 0, 1, CLONE3));
    program.answer(ERRNO | ENOSYS);
    program.push((IF_EQUAL, 0, 4, architecture.clone));
    program.push((LOAD, 0, 0, FIRST_ARGUMENT));
    program.push((IF_ANY_BIT, 0, 1, NEW_NAMESPACES));
    program.answer(ERRNO | EPERM);
    program.answer(ALLOW);
    program.by_argument(architecture.socket, FIRST_ARGUMENT, &SOCKET_FAMILIES, ALLOW, ERRNO | EAFNOSUPPORT);
    program.by_argument(architecture.personality, FIRST_ARGUMENT, &PERSONALITIES, ALLOW, ERRNO | EPERM);
    program.by_argument(architecture.ioctl, SECOND_ARGUMENT, &TERMINAL_INPUT, ERRNO | EPERM, ALLOW);
    for (first, last) in allowed(architecture) {
        program.push((IF_AT_LEAST, 0, 2, first));
        program.push((IF_GREATER, 1, 0, last));
        program.answer(ALLOW);
    }
    program.answer(ERRNO | EPERM);
    program
}

/// The allowed system call numbers, as ranges with both ends included.
fn allowed(architecture: &Architecture) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in (0..=architecture.last_own).chain(FIRST_SHARED..=LAST) {
        if architecture.refused.contains(&number) || REFUSED_SHARED.contains(&number) {
            continue;
        }
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Executes a filter program by the rules of seccomp(2) and classic BPF, as the kernel does, and returns the resulting action.
    fn run(program: &Program, architecture: u32, number: u32, arguments: [u32; 2]) -> u32 {
        let (mut at, mut accumulator) = (0_usize, 0_u32);
        loop {
            let (code, if_true, if_false, operand) = program.0[at];
            let holds = match code {
                LOAD => {
                    accumulator = match operand {
                        NUMBER => number,
                        ARCHITECTURE => architecture,
                        FIRST_ARGUMENT => arguments[0],
                        SECOND_ARGUMENT => arguments[1],
                        other => panic!("offset {other}"),
                    };
                    at += 1;
                    continue;
                }
                RETURN => return operand,
                IF_EQUAL => accumulator == operand,
                IF_GREATER => accumulator > operand,
                IF_AT_LEAST => accumulator >= operand,
                IF_ANY_BIT => accumulator & operand != 0,
                other => panic!("code {other}"),
            };
            at += 1 + usize::from(if holds { if_true } else { if_false });
        }
    }

    #[test]
    fn every_call_gets_the_result_in_the_tables() {
        for architecture in [&X86_64, &AARCH64] {
            let program = program(architecture);
            assert!(program.0.len() < 4096, "the kernel accepts at most 4,096 instructions");
            let answer = |number, arguments| run(&program, architecture.audit, number, arguments);
            for number in 0..2000 {
                let special = [
                    architecture.socket,
                    architecture.clone,
                    architecture.ioctl,
                    architecture.personality,
                    CLONE3,
                ];
                if special.contains(&number) {
                    continue;
                }
                let known = number <= architecture.last_own || (FIRST_SHARED..=LAST).contains(&number);
                let refused = architecture.refused.contains(&number) || REFUSED_SHARED.contains(&number);
                let expected = match (known, refused) {
                    (true, false) => ALLOW,
                    _ if number > LAST => ERRNO | ENOSYS,
                    _ => ERRNO | EPERM,
                };
                assert_eq!(answer(number, [0, 0]), expected, "{number}");
            }
            assert_eq!(answer(CLONE3, [0, 0]), ERRNO | ENOSYS);
            assert_eq!(answer(architecture.clone, [0x11, 0]), ALLOW);
            assert_eq!(answer(architecture.clone, [0x1000_0000, 0]), ERRNO | EPERM, "a user namespace");
            assert_eq!(answer(architecture.socket, [1, 0]), ALLOW);
            assert_eq!(answer(architecture.socket, [40, 0]), ERRNO | EAFNOSUPPORT, "vsock");
            assert_eq!(answer(architecture.personality, [0xffff_ffff, 0]), ALLOW);
            assert_eq!(
                answer(architecture.personality, [0x0040_0000, 0]),
                ERRNO | EPERM,
                "READ_IMPLIES_EXEC"
            );
            assert_eq!(answer(architecture.ioctl, [0, 0x5401]), ALLOW);
            assert_eq!(answer(architecture.ioctl, [0, 0x5412]), ERRNO | EPERM);
            assert_eq!(answer(0x4000_0000, [0, 0]), ERRNO | ENOSYS, "x32");
            assert_eq!(run(&program, 0x4000_0003, 1, [0, 0]), KILL_PROCESS, "i386");
        }
    }
}
