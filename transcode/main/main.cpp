// dualcam-transcode-job: one file, made ready to be shown, in a sandbox. Not for people: run_worker() starts it with
// its descriptors and its words.
#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/version.hpp"
#include "transcode/main/job.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const std::string_view first = words.empty() ? std::string_view("--help") : words.front();
  if (first == "--version") {
    fmt::print("dualcam-transcode-job {}\n", base::version());
    return EXIT_SUCCESS;
  }
  if (first == "--help" || first == "-h") {
    fmt::print(
        "dualcam-transcode-job works on one file in a sandbox. It is started by dualcamd, dualcam-transcode and "
        "dualcam,\n"
        "with descriptors, and is of no use by hand.\n\n"
        "To look at a file, or to convert it, take: dualcam probe FILE, dualcam convert FILE.\n");
    return EXIT_SUCCESS;
  }
  transcode::run_job(words);
}
