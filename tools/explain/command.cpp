#include "tools/explain/command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <iterator>

#include "tools/explain/input.hpp"
#include "tools/explain/render.hpp"
#include "tools/explain/session.hpp"

namespace explain {

namespace {
base::Result<base::Bytes> read_input(const CommandOptions& options) {
  if (!options.hex.empty()) return parse_hex(options.hex);
  std::ifstream file;
  if (options.file != "-") {
    file.open(options.file, std::ios::binary);
    if (!file) return base::fail(base::Errc::not_found, fmt::format("The file {} cannot be opened.", options.file));
  }
  std::istream& in = options.file == "-" ? std::cin : file;
  const std::string content(std::istreambuf_iterator<char>(in), {});
  if (content.empty()) return base::fail(base::Errc::invalid, "The input is empty.");
  return parse_input(content);
}
}  // namespace

Outcome run_command(const CommandOptions& options) {
  base::Result<base::Bytes> bytes = read_input(options);
  if (!bytes) {
    fmt::print(stderr, "dualcam explain: {}\n", bytes.error().message);
    return Outcome::unusable;
  }
  const Report report = explain_session(*std::move(bytes), options.from);
  fmt::print("{}", options.json ? as_json(report) : as_text(report, isatty(STDOUT_FILENO) != 0));
  return report.sound() ? Outcome::sound : Outcome::problems;
}

}  // namespace explain
