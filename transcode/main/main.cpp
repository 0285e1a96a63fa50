// dualcam-transcode: the media worker. A role is a word, and a row of the table below.
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transcode/main/job.hpp"

namespace {

constexpr int usage_error = 2;

using Words = std::vector<std::string>;

struct Role {
  std::string_view name;
  std::string_view help;
  int (*run)(const Words& words);
};

int run_job(const Words& words) {
  transcode::run_job(words);
}

constexpr std::array roles{
    Role{"job", "One file, in a sandbox: started by dualcamd and dualcam with descriptors; not for people", run_job},
};

void print_help() {
  fmt::print(
      "dualcam-transcode: turns what cameras send into what browsers show.\n\nUsage: dualcam-transcode ROLE …\n\n");
  for (const Role& role : roles) fmt::print("  {:<8} {}\n", role.name, role.help);
  fmt::print(
      "  --version  --help\n\nTo look at a file, or convert it, take: dualcam probe FILE, dualcam convert FILE.\n");
}

int refuse(std::string_view word) {
  fmt::print(stderr, "dualcam-transcode: {} is no role. dualcam-transcode --help shows them.\n",
             word.empty() ? "Nothing" : word);
  return usage_error;
}

}  // namespace

int main(int argc, char** argv) {
  const Words words(argv + 1, argv + argc);
  const std::string_view first = words.empty() ? std::string_view{} : words.front();
  if (first == "--help" || first == "-h") {
    print_help();
    return EXIT_SUCCESS;
  }
  if (first == "--version") {
    fmt::print("dualcam-transcode {}\n", DUALCAM_VERSION);
    return EXIT_SUCCESS;
  }
  for (const Role& role : roles)
    if (role.name == first) return role.run(Words(words.begin() + 1, words.end()));
  return refuse(first);
}
