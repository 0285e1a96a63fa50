#include "tests/e2e/transcode_process.hpp"

#include <signal.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <utility>

namespace e2e {

namespace {
std::vector<std::string> command_of(const std::vector<std::string>& arguments) {
  std::vector<std::string> command{DUALCAM_TRANSCODE_BINARY};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}
}  // namespace

TranscodeProcess::TranscodeProcess(const std::vector<std::string>& arguments, std::filesystem::path log)
    : log_(std::move(log)), process_(command_of(arguments), log_) {}

std::string TranscodeProcess::log() const {
  std::ifstream in(log_, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A whole line, between those of the log.
std::string TranscodeProcess::ready_line() const {
  const std::string text = "\n" + log();
  const auto begin = text.find("\nready jobs=");
  const auto end = begin == std::string::npos ? begin : text.find('\n', begin + 1);
  return end == std::string::npos ? std::string() : text.substr(begin + 1, end - begin - 1);
}

bool TranscodeProcess::wait_ready() {
  tests::eventually([&] { return !ready_line().empty() || !process_.running(); });
  return !ready_line().empty();
}

std::uint16_t TranscodeProcess::port() const {
  const std::string line = ready_line();
  if (line.find(" http=") == std::string::npos) return 0;
  std::uint16_t port = 0;
  std::from_chars(line.data() + line.rfind(':') + 1, line.data() + line.size(), port);
  return port;
}

std::optional<int> TranscodeProcess::terminate() {
  process_.signal(SIGTERM);
  return wait_exit();
}

void TranscodeProcess::kill_hard() {
  process_.signal(SIGKILL);
  wait_exit();
}

}  // namespace e2e
