// This process and its machine: signals, and what the host is called.
#pragma once

#include <signal.h>

#include <string>

namespace app {

// SIGTERM, SIGINT and SIGHUP are taken by the main thread alone, from the set returned; SIGPIPE by nobody: a client
// that leaves is an error of its connection. Before the first thread is made.
sigset_t block_signals();

std::string host_name();

}  // namespace app
