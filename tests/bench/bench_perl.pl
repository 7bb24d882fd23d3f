# The benchmark's works in perl, with its safe signals. bench_perl.pl WORK COUNT [SEND]: SEND is the program tests/bench/send.
use strict;
use warnings;
use POSIX ();
use Time::HiRes;

my ($work, $count, $send) = @ARGV;
my $runs = 0;

sub print_each { printf "ns %.6g\n", (Time::HiRes::time() - $_[0]) * 1e9 / $count }

sub toself {
	local $SIG{USR1} = sub { $runs++ };
	my $start = Time::HiRes::time();
	kill 'USR1', $$ for 1 .. $count;
	print_each($start);
}

sub storm {
	my ($name, $kind) = @_;
	local $SIG{$name} = sub { $runs++ };
	my $host = $$;
	my $start = Time::HiRes::time();
	my $sender = fork // die "fork: $!";
	if ($sender == 0) { exec $send, $kind, $host, $count or POSIX::_exit(1) }
	1 while waitpid($sender, POSIX::WNOHANG()) == 0;
	print_each($start);
	print "runs $runs\n";
}

my %works = (toself => \&toself, storm => sub { storm('USR1', 'kill') }, queued => sub { storm('RTMIN', 'queue') });
$works{$work}->();
