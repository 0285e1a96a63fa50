// The verifier of docs/evidence.md, in Python: if it agrees, the page says what is needed to write one.
#include <gmock/gmock.h>
#include <stdio.h>
#include <sys/wait.h>

#include <fstream>
#include <iterator>

#include "tests/unit/tools/verify_bucket.hpp"

namespace verify::testing {
namespace {

struct Ran {
  int exit_code = -1;
  std::string output;
};

Ran run(const std::string& command) {
  Ran ran;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return ran;
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) ran.output += static_cast<char>(c);
  ran.exit_code = WEXITSTATUS(::pclose(pipe));
  return ran;
}

TEST(VerifyPython, TheVerifierOfTheDocumentationAgrees) {
  ASSERT_EQ(run("python3 --version").exit_code, 0) << "this test needs python3";
  std::ifstream page(DUALCAM_SOURCE_DIR "/docs/evidence.md");
  const std::string text(std::istreambuf_iterator<char>(page), {});
  constexpr std::string_view fence = "```python\n";
  const auto begin = text.find(fence);
  ASSERT_NE(begin, std::string::npos);
  const auto script = text.substr(begin + fence.size(), text.find("```", begin + 3) - begin - fence.size());

  Bucket bucket;
  const auto clip = bucket.store(0, "clip A1");
  const auto gone = bucket.store(1, "clip B1");
  bucket.seal();
  bucket.store(0, "clip A2");
  bucket.remove(gone);
  bucket.seal();
  std::ofstream(bucket.folder() / "verify.py") << script;
  const std::string command =
      "python3 '" + (bucket.folder() / "verify.py").string() + "' '" + bucket.path("").string() + "'";
  const auto proven = run(command);
  EXPECT_EQ(proven.exit_code, 0);
  EXPECT_EQ(proven.output, "PROVEN: 2 files, head " + bucket.verify().last_segment.hash + "\n");

  bucket.write(clip, "clip a1");
  EXPECT_THAT(run(command).output, ::testing::HasSubstr(clip + " was changed: device " + device(0).str()));
  auto lines = bucket.lines(1);
  lines[1].replace(lines[1].find("\"bad_crcs\":1"), 12, "\"bad_crcs\":0");
  bucket.write_lines(1, lines);
  const auto broken = run(command);
  EXPECT_EQ(broken.exit_code, 1);
  EXPECT_THAT(broken.output, ::testing::HasSubstr("record 1 (segment 1, line 2) was changed"));
}

}  // namespace
}  // namespace verify::testing
