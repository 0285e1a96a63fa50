// The end of a run: by Ctrl-C, by a deadline, or since nobody takes what is printed.
#pragma once

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <functional>
#include <string>

namespace mavlink::tool {

// SIGINT and SIGTERM call `interrupted` on the thread of the io_context, as often as they come, in the place of ending
// the process.
class Interrupts {
 public:
  Interrupts(asio::io_context& context, std::function<void()> interrupted);

 private:
  void wait();

  asio::signal_set signals_;
  std::function<void()> interrupted_;
};

// A line to standard output, at once, as somebody may read it through a pipe. False: nobody takes it any more.
bool print_line(const std::string& line);

}  // namespace mavlink::tool
