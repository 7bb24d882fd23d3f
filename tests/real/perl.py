"""perl: its safe signals stand on the C handler being called in time, and on EINTR."""
import signal
import time

from harness import case, expect, expect_in, expect_match, expect_within

USUAL = "use strict; use warnings; use POSIX ':signal_h', ':sys_wait_h'; use Time::HiRes qw(ualarm sleep time setitimer ITIMER_REAL ITIMER_PROF ITIMER_VIRTUAL); $| = 1;\n"


def perl(host, script, wanted, status=0, seconds=8, env=None):
    """Runs a script and expects its output."""
    ended = host.run("perl", "-e", USUAL + script, seconds=seconds, env=env)
    expect("result", ended, (status, wanted, ""))


@case("perl")
def alarm_ends_sleep(host):
    perl(host, """
        $SIG{ALRM} = sub { print "alarm\\n" };
        my $t = time; ualarm 200_000; CORE::sleep 9; print time - $t < 2 ? "in time\\n" : "late\\n";
        $t = time; ualarm 200_000; sleep 9; print time - $t < 2 ? "in time\\n" : "late\\n";
    """, "alarm\nin time\nalarm\nin time\n")


@case("perl")
def alarm_ends_select(host):
    perl(host, """
        $SIG{ALRM} = sub { print "alarm\\n" };
        ualarm 200_000; my $n = select undef, undef, undef, 9; print "$n ", $!{EINTR} ? "EINTR\\n" : "$!\\n";
    """, "alarm\n-1 EINTR\n")


@case("perl")
def alarm_ends_read(host):
    """sysread fails with EINTR; readline goes on after the handler."""
    perl(host, """
        pipe my $r, my $w; $SIG{ALRM} = sub { print "alarm\\n"; };
        ualarm 200_000; my $n = sysread $r, my $x, 1; print defined $n ? "data\\n" : $!{EINTR} ? "EINTR\\n" : "$!\\n";
        $SIG{ALRM} = sub { print "alarm\\n"; syswrite $w, "line\\n" };
        ualarm 200_000; print scalar <$r>;
    """, "alarm\nEINTR\nalarm\nline\n")


@case("perl")
def alarm_with_die(host):
    """The timeout idiom: die in the handler leaves whatever waits."""
    perl(host, """
        use Socket; use Fcntl ':flock';
        pipe my $r, my $w;
        socketpair my $a, my $b, AF_UNIX, SOCK_STREAM, 0;
        socket my $listen, AF_INET, SOCK_STREAM, 0; bind $listen, sockaddr_in(0, INADDR_LOOPBACK); listen $listen, 1;
        open my $held, '>', 'lock'; flock $held, LOCK_EX; open my $lock, '>', 'lock';
        my $child = fork // die; if (!$child) { sleep 9; exit }
        my %wait = (readline => sub { <$r> }, sysread => sub { sysread $r, my $x, 1 }, recv => sub { recv $a, my $x, 1, 0 },
            accept => sub { accept my $c, $listen }, flock => sub { flock $lock, LOCK_EX }, waitpid => sub { waitpid $child, 0 },
            sleep => sub { sleep 9 }, select => sub { select undef, undef, undef, 9 }, pause => sub { POSIX::pause() },
            write => sub { 1 while syswrite $w, 'x' x 65536 }, system => sub { system 'sleep', 9 }, busy => sub { 1 while 1 },
            backticks => sub { my $x = `sleep 9; :` }, close => sub { open my $p, '|-', 'sleep 9'; close $p });
        $SIG{ALRM} = 'IGNORE';
        for (sort keys %wait) { # again and again: perl sleeps over one that comes before the wait, behind its last look
            eval { local $SIG{ALRM} = sub { die "timeout\\n" }; ualarm 60_000, 60_000; $wait{$_}->(); };
            ualarm 0;
            print "$_: $@";
        }
        kill KILL => $child;
    """, "".join(f"{name}: timeout\n" for name in sorted(
        "readline sysread recv accept flock waitpid sleep select pause write system busy backticks close".split())), seconds=15)


@case("perl")
def busy_loop(host):
    """perl's own opcodes, without a call into libc."""
    script = USUAL + """my $done; $SIG{TERM} = sub { $done = 1 }; print "ready\\n"; my $n = 0; $n++ until $done; print "done\\n";"""
    process = host.start("perl", "-e", script).until("ready")
    began = time.monotonic()
    process.send(signal.SIGTERM)
    expect("result", process.end(), (0, "ready\ndone\n", ""))
    expect_within("answer", time.monotonic() - began, 0, 1)


@case("perl")
def interval_timers(host):
    """Real, virtual and profiling timers run their handlers in a busy loop, each a number of times."""
    perl(host, """
        my %n; for ([ALRM => ITIMER_REAL], [VTALRM => ITIMER_VIRTUAL], [PROF => ITIMER_PROF]) {
            my ($name, $timer) = @$_;
            $SIG{$name} = sub { setitimer $timer, 0 if ++$n{$name} == 5 };
            my $end = time + 5; setitimer $timer, 0.02, 0.02; 1 while ($n{$name} // 0) < 5 && time < $end;
            print "$name $n{$name}\\n";
        }""", "ALRM 5\nVTALRM 5\nPROF 5\n")


@case("perl")
def local_handlers(host):
    """local $SIG{} puts the old handler back, on every way out of the block."""
    perl(host, """
        $SIG{USR1} = sub { print "outer\\n" };
        { local $SIG{USR1} = sub { print "inner\\n" }; kill USR1 => $$; }
        kill USR1 => $$;
        eval { local $SIG{USR1} = sub { die "died\\n" }; kill USR1 => $$; 1 } or print $@;
        kill USR1 => $$;
        { local $SIG{USR1} = 'IGNORE'; kill USR1 => $$; }
        kill USR1 => $$; print "end\\n";
    """, "inner\nouter\ndied\nouter\nouter\nend\n")


@case("perl")
def sigaction_and_masks(host):
    """POSIX::sigaction, sigprocmask, sigpending and sigsuspend agree with each other."""
    perl(host, """
        my $usr = POSIX::SigSet->new(SIGUSR1, SIGUSR2); my $old = POSIX::SigSet->new; my $pending = POSIX::SigSet->new;
        for my $safe (0, 1) {
            my $action = POSIX::SigAction->new(sub { print "handler $_[0]\\n" }, POSIX::SigSet->new(SIGUSR2), SA_RESTART);
            $action->safe($safe); sigaction SIGUSR1, $action or die; sigaction SIGUSR2, $action or die;
        }
        sigaction SIGUSR1, undef, my $now = POSIX::SigAction->new; printf "%d %d\\n", $now->flags & SA_RESTART ? 1 : 0, $now->mask->ismember(SIGUSR2);
        sigprocmask SIG_BLOCK, $usr, $old; kill USR1 => $$; kill USR2 => $$; kill USR2 => $$; print "blocked\\n";
        sigpending $pending; printf "%d%d%d\\n", map $pending->ismember($_), SIGUSR1, SIGUSR2, SIGTERM;
        my $wait = POSIX::SigSet->new(SIGUSR2); sigsuspend $wait; print "suspended\\n";
        sigpending $pending; printf "%d%d%d\\n", map $pending->ismember($_), SIGUSR1, SIGUSR2, SIGTERM;
        sigprocmask SIG_SETMASK, $old, my $last = POSIX::SigSet->new; printf "%d%d%d\\n", map $last->ismember($_), SIGUSR1, SIGUSR2, SIGTERM;
        sigpending $pending; printf "%d%d%d\\n", map $pending->ismember($_), SIGUSR1, SIGUSR2, SIGTERM;
    """, "1 1\nblocked\n110\nhandler USR1\nsuspended\n010\nhandler USR2\n110\n000\n")


@case("perl")
def siginfo(host):
    """An unsafe handler with SA_SIGINFO sees who sent the signal, and how."""
    perl(host, """
        sigaction SIGUSR1, POSIX::SigAction->new(sub { my ($name, $info) = @_; print "$name $info->{signo} ", $info->{code},
            $info->{pid} == getppid() ? " parent" : $info->{pid} == $$ ? " self" : " other", " $info->{uid}\\n" }, POSIX::SigSet->new, SA_SIGINFO);
        kill USR1 => $$;
        if (!(my $pid = fork)) { my $p = getppid(); exec 'sh', '-c', "kill -USR1 $p" } else { waitpid $pid, 0 }
    """, f"USR1 10 0 self {__import__('os').getuid()}\nUSR1 10 0 other {__import__('os').getuid()}\n")


@case("perl")
def sysread_restarts_with_sa_restart(host):
    """SA_RESTART through POSIX::sigaction: the read goes on."""
    perl(host, """
        pipe my $r, my $w; my $n = 0;
        sigaction SIGALRM, POSIX::SigAction->new(sub { syswrite $w, "data" if ++$n == 3 }, POSIX::SigSet->new, SA_RESTART);
        setitimer ITIMER_REAL, 0.05, 0.05; my $got = sysread $r, my $x, 4; setitimer ITIMER_REAL, 0;
        print defined $got ? "$x $n\\n" : "$!\\n";
    """, "data 3\n")


@case("perl")
def system_and_backticks(host):
    """Statuses of what perl starts; while system runs, perl itself ignores SIGINT: from a moment behind the fork on, which the child waits for."""
    perl(host, """
        print system('exit 3;') >> 8, ' ', system('kill -TERM $$') & 127, ' ', system('true'), "\\n";
        my $x = `seq 3; exit 4`; print $x, $? >> 8, "\\n"; $x = `kill -HUP \\$\\$`; print $? & 127, "\\n";
        $SIG{INT} = sub { print "int\\n" };
        system q(until grep -q "^SigIgn:.*[2367abef]$" /proc/$PPID/status; do :; done; kill -INT $PPID; sleep 0.1); print "after system\\n";
        $x = `kill -INT \\$PPID; sleep 0.1; echo out`; print $x;
        print system('no-such-program-here'), "\\n";
    """.replace("print system('no-such-program-here'), \"\\n\";", "no warnings; print system('no-such-program-here'), \"\\n\";"),
         "3 15 0\n1\n2\n3\n4\n1\nafter system\nint\nout\n-1\n")


@case("perl")
def children_get_native_dispositions(host):
    """By system, backticks, fork and exec, and a piped open."""
    masks = "env -u LD_PRELOAD grep -e SigBlk -e SigIgn /proc/self/status"  # perl starts it without a shell
    nothing = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"
    with_ignored = "SigBlk:\t0000000000000800\nSigIgn:\t0000000000000200\n"
    perl(host, f"""
        my $m = "{masks}";
        sub all {{ system $m; print `$m`; if (my $p = fork) {{ waitpid $p, 0 }} else {{ exec $m }}
                  open my $f, '-|', $m; print <$f>; close $f }}
        $SIG{{TERM}} = $SIG{{CHLD}} = sub {{}};
        all(); $SIG{{USR1}} = 'IGNORE'; sigprocmask SIG_BLOCK, POSIX::SigSet->new(SIGUSR2); all();
    """, nothing * 4 + with_ignored * 4)


@case("perl")
def reaper(host):
    """A SIGCHLD handler that reaps in a loop sees every child, whenever it ends."""
    perl(host, """
        my ($n, %status); $SIG{CHLD} = sub { while ((my $p = waitpid -1, WNOHANG) > 0) { $n++; $status{$? >> 8}++ } };
        for my $i (1 .. 60) { my $p = fork // die; if (!$p) { select undef, undef, undef, ($i % 7) / 100; POSIX::_exit($i % 3) } }
        my $end = time + 5; select undef, undef, undef, 0.1 while ($n // 0) < 60 && time < $end;
        print "$n $status{0} $status{1} $status{2}\\n";
    """, "60 20 20 20\n")


@case("perl")
def ignored_children(host):
    """With $SIG{CHLD} = 'IGNORE' the kernel reaps: wait says ECHILD when all are gone."""
    perl(host, """
        $SIG{CHLD} = 'IGNORE'; for (1 .. 3) { fork // die or do { sleep 0.1; POSIX::_exit(0) } }
        my $p = wait; print $p, $!{ECHILD} ? " ECHILD\\n" : " $!\\n";
        $SIG{CHLD} = 'DEFAULT'; print system('exit 5;') >> 8, "\\n";
    """, "-1 ECHILD\n5\n")


@case("perl")
def kill_variants(host):
    """kill 0 asks; a negative name goes to the group; the count of processes is returned."""
    perl(host, """
        pipe my $ready, my $open; my @p = map { my $p = fork // die; if (!$p) { setpgrp 0, $ARGV[0] // 0; close $open; sleep 9; exit } $p } 1 .. 2;
        print kill(0, $$), kill(0, @p), "\\n"; close $open; readline $ready;
        print kill('-TERM', $p[0]), kill(KILL => $p[1]), "\\n";
        for (@p) { waitpid $_, 0; print $? & 127, "\\n" }
        print kill(0, @p), "\\n";
        $SIG{USR1} = sub { print "mine\\n" }; setpgrp; kill -USR1 => $$; print "end\\n";
    """, "12\n11\n15\n9\n0\nmine\nend\n")


@case("perl")
def sigpipe(host):
    """A pipe without reader: a handler runs; else perl is killed natively, and print fails by default."""
    perl(host, """
        $SIG{PIPE} = sub { print "pipe\\n" }; my $reader = open my $p, '|-', 'exit 0;'; waitpid $reader, 0;
        print syswrite($p, "x") // ($!{EPIPE} ? "EPIPE" : $!), "\\n"; $SIG{PIPE} = 'IGNORE';
        print syswrite($p, "x") // ($!{EPIPE} ? "EPIPE" : $!), "\\n";
    """, "pipe\nEPIPE\nEPIPE\n")
    script = """pipe my $r, my $w; close $r; print syswrite($w, "x") // ($!{EPIPE} ? "EPIPE" : $!), "\\n"; """
    if host.bsd:
        perl(host, script, "EPIPE\n")
        perl(host, script, "", status=-13, env={"SIGTAME_IGNORE": "none"})
    else:
        perl(host, script, "", status=-13)
    perl(host, "$SIG{PIPE} = 'DEFAULT'; " + script, "", status=-13)


@case("perl")
def ping_pong(host):
    """Two processes wake each other by sigsuspend, 500 times: a wake-up that is slept over ends it all."""
    perl(host, """
        my $usr = POSIX::SigSet->new(SIGUSR1); my $none = POSIX::SigSet->new; my $n = 0;
        $SIG{USR1} = sub { $n++ }; sigprocmask SIG_BLOCK, $usr;
        my $other = fork // die; my $parent = $other != 0; $other ||= getppid();
        for my $i (1 .. 500) {
            kill USR1 => $other if $parent;
            sigsuspend $none while $n < $i;
            kill USR1 => $other unless $parent;
        }
        if ($parent) { wait; print "$n $?\\n" }
    """, "500 0\n")


@case("perl")
def storm(host):
    """Signals rain on a perl that works: its data are whole, and it saw signals."""
    perl(host, """
        my $n = 0; $SIG{USR1} = $SIG{USR2} = sub { $n++; my %h = map { $_ => "x$_" } 1 .. 20 };
        my $p = $$; my $kid = fork // die; if (!$kid) { kill USR1 => $p and kill USR2 => $p and select undef, undef, undef, 0.0005 while kill 0, $p; exit }
        my %sum; my $end = time + 1.2; my $rounds = 0;
        while (time < $end) { $rounds++; open my $f, '>', 'file'; printf $f "%d %s\\n", $_, 'y' x $_ for 1 .. 200; close $f;
            open $f, '<', 'file'; my $lines = 0; while (<$f>) { $lines++ if /^(\\d+) y+$/ and length == length($1) + 2 + $1 } $sum{$lines}++;
            $sum{length `echo $rounds`} += 0 }
        kill KILL => $kid; waitpid $kid, 0; delete @sum{grep { !$sum{$_} } keys %sum};
        print join(',', keys %sum), ' ', $n > 50 ? "many\\n" : "$n only\\n";
    """, "200 many\n")


@case("perl")
def real_time_signals(host):
    """Queued real-time signals: each runs, lowest number first once they are unblocked."""
    perl(host, """
        my @got; my $low = SIGRTMIN; my $set = POSIX::SigSet->new($low, $low + 1);
        for my $s ($low, $low + 1) { sigaction $s, POSIX::SigAction->new(sub { push @got, $s - $low }, $set) or die }
        sigprocmask SIG_BLOCK, $set; for (1 .. 3) { kill $low + 1, $$; kill $low, $$ } sigprocmask SIG_UNBLOCK, $set;
        print "@got\\n";
    """, "0 0 0 1 1 1\n")


@case("perl")
def dies_of_the_signal(host):
    """Without a handler, and with one that resets and kills again."""
    for name, number in (("HUP", 1), ("INT", 2), ("TERM", 15), ("USR1", 10), ("ALRM", 14), ("XCPU", 24)):
        perl(host, f"""print "up\\n"; END {{ print "end\\n" }} kill {name} => $$; sleep 1""", "up\n", status=-number)
        perl(host, f"""$SIG{{{name}}} = sub {{ print "got\\n"; $SIG{{{name}}} = 'DEFAULT'; kill {name} => $$ }}; kill {name} => $$; sleep 1""",
             "got\n", status=-number)


@case("perl")
def exit_in_a_handler(host):
    """exit in a handler runs END blocks and flushes."""
    script = USUAL + """$| = 0; $SIG{TERM} = sub { exit 7 }; END { print "end\\n" } print "buffered\\n"; print STDERR "ready\\n"; sleep 9"""
    process = host.start("perl", "-e", script).until("ready", where="err").until_waiting().send(signal.SIGTERM)
    expect("result", process.end(3), (7, "buffered\nend\n", "ready\n"))


@case("perl")
def threads(host):
    """A signal for the process reaches main's handler while main waits for a thread."""
    script = USUAL + """
        use threads; use threads::shared; my $flag :shared = 0;
        $SIG{TERM} = sub { print "term\\n"; $flag = 1 };
        my @t = map { threads->create(sub { sleep 0.01 until $flag; return 5 }) } 1 .. 3;
        print "ready\\n"; sleep 0.01 until $flag; print $_->join, "\\n" for @t"""
    process = host.start("perl", "-e", script).until("ready").send(signal.SIGTERM)
    expect("result", process.end(5), (0, "ready\nterm\n5\n5\n5\n", ""))


@case("perl")
def control_c(host):
    """Ctrl-C at a terminal while perl reads it; and its death without a handler."""
    terminal = host.terminal("perl", "-e", USUAL + """
        $SIG{INT} = sub { print "int\\n" }; print "ready\\n"; my $x = <STDIN>; print "line $x"; $SIG{INT} = 'DEFAULT'; print "again\\n"; <STDIN>""")
    terminal.until("ready\n").until_waiting().control("c").until("int\n").until_waiting().control("c").until("int\n")
    terminal.line("text").until("line text\n").until("again\n")
    expect("status", terminal.control("c").end(3), -2)
