/* Signals, threads and exceptions in the constructor and the destructor of a static object, before main and after it. */
#include <csignal>
#include <iostream>
#include <stdexcept>
#include <thread>

static volatile sig_atomic_t runs;

extern "C" {
static void handler(int) {
	try {
		throw std::runtime_error("inside");
	} catch (const std::exception &) {
		runs = runs + 1;
	}
}
}

struct early {
	early() {
		std::signal(SIGUSR1, handler);
		raise(SIGUSR1);
		std::thread([] { raise(SIGUSR1); }).join();
		std::cout << "before main " << runs << std::endl;
	}
	~early() {
		raise(SIGUSR1);
		std::cout << "after main " << runs << std::endl;
	}
};
static early object;

int main() {
	raise(SIGUSR1);
	std::cout << "main " << runs << std::endl;
}
