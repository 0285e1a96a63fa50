#include "tests/wireshark/tshark.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/child_process.hpp"

namespace tests {

namespace {
constexpr std::chrono::seconds patience{90};

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> split(std::string_view text, char by) {
  std::vector<std::string> parts;
  while (true) {
    const auto at = text.find(by);
    parts.emplace_back(text.substr(0, at));
    if (at == text.npos) return parts;
    text.remove_prefix(at + 1);
  }
}
}  // namespace

bool has_tshark() {
  static const bool present = [] {
    const TempFolder folder;
    ChildProcess which({"sh", "-c", "command -v tshark"}, folder / "log");
    return which.wait_exit(patience) == 0;
  }();
  return present;
}

std::string Tshark::call(Words command, int expected_exit) {
  const std::string name = fmt::format("{}", ++calls_);
  const auto output = folder_ / (name + ".out");
  const auto log = folder_ / (name + ".log");
  // Standard error apart: tshark greets root there.
  Words words{"env",
              "-u",
              "XDG_CONFIG_HOME",
              "HOME=" + folder_.path().string(),
              "LC_ALL=C.UTF-8",
              "TZ=UTC",
              "sh",
              "-c",
              "out=$1; shift; exec \"$@\" >\"$out\"",
              "sh",
              output.string()};
  words.insert(words.end(), command.begin(), command.end());
  ChildProcess child(words, log);
  const auto exit = child.wait_exit(patience);
  EXPECT_EQ(exit.value_or(-1), expected_exit) << command.front() << ": " << read(log);
  const std::string complaints = read(log);
  EXPECT_EQ(complaints.find("Lua: Error"), complaints.npos) << complaints;
  return read(output);
}

std::string Tshark::run(base::ByteView capture, const Words& arguments, std::string_view extension) {
  const auto path = folder_ / fmt::format("capture.{}", extension);
  const std::string_view text = base::as_text(capture);
  std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
  Words command{"tshark", "-n", "-r", path.string()};
  if (from_checkout)
    for (const char* script : {"ptmf.lua", "dualcam.lua"})
      command.insert(command.end(), {"-X", fmt::format("lua_script:{}/{}", DISSECTORS, script)});
  command.insert(command.end(), arguments.begin(), arguments.end());
  return call(command);
}

std::vector<Row> Tshark::rows(base::ByteView capture, const Words& fields, const Words& arguments,
                              std::string_view extension) {
  Words words = arguments;
  words.insert(words.end(), {"-T", "fields", "-E", "separator=/t"});
  for (const std::string& field : fields) words.insert(words.end(), {"-e", field});
  std::vector<Row> rows;
  const std::string text = run(capture, words, extension);
  std::vector<std::string> lines = split(text, '\n');
  if (!lines.empty()) lines.pop_back();  // behind the last line break
  for (const std::string& line : lines) {
    const std::vector<std::string> values = split(line, '\t');
    EXPECT_EQ(values.size(), fields.size()) << line;
    Row& row = rows.emplace_back();
    for (std::size_t i = 0; i < std::min(values.size(), fields.size()); ++i) row[fields[i]] = values[i];
  }
  return rows;
}

std::string column(const std::vector<Row>& rows, std::string_view field) {
  std::string all;
  for (const Row& row : rows) {
    const auto found = row.find(field);
    if (found == row.end() || found->second.empty()) continue;
    if (!all.empty()) all += ',';
    all += found->second;
  }
  return all;
}

}  // namespace tests
