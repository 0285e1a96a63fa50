#include "tests/e2e/dualcam_tool.hpp"

#include <stdio.h>
#include <sys/wait.h>

#include <fmt/format.h>

#include <algorithm>

namespace e2e {

Answer run_tool(const std::string& words) {
  const auto command = fmt::format("'{}' {} 2>&1", DUALCAM_BINARY, words);
  FILE* const pipe = ::popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  Answer answer;
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) answer.text += static_cast<char>(c);
  answer.exit_code = WEXITSTATUS(::pclose(pipe));
  answer.json = nlohmann::json::parse(answer.text, nullptr, false);
  return answer;
}

std::string ToolTest::url_of(const std::string& flag, const std::string& otherwise) const {
  const auto at = std::ranges::find(backend_, flag);
  return at == backend_.end() ? otherwise : *(at + 1);
}

void ToolTest::expect_proven() const {
  const Answer proof =
      run_tool(fmt::format("verify --json --objects '{}' --catalog '{}'", objects_url(), catalog_url()));
  EXPECT_EQ(proof.exit_code, 0) << proof.text;
}

void ToolTest::expect_scrubbed() const {
  const tests::Ran scrub = tests::run_dualcamd(
      {"scrub", "--rehash-all", "--data-dir", data_dir_, "--catalog", catalog_url(), "--objects", objects_url()});
  EXPECT_EQ(scrub.exit_code, 0) << scrub.out << scrub.err;
}

}  // namespace e2e
