#include "tools/cli/completion.hpp"

#include <gtest/gtest.h>

namespace cli {
namespace {

const std::vector<CompletedCommand> commands{
    {.name = "sim",
     .help = "Run a fleet's cameras: all",
     .options = {{.name = "--file", .help = "A file", .takes_value = true, .takes_path = true},
                 {.name = "--rate", .help = "19KB/s [or full]", .takes_value = true},
                 {.name = "--json", .help = "JSON"}}},
    {.name = "explain", .help = "Explain", .options = {}, .takes_path = true}};

TEST(Completion, BashKnowsCommandsOptionsAndPaths) {
  const std::string script = *completion_script("bash", commands);
  EXPECT_NE(script.find("compgen -W 'sim explain'"), std::string::npos);
  EXPECT_NE(script.find("compgen -W '--file --rate --json'"), std::string::npos);
  EXPECT_NE(script.find("--file) COMPREPLY=($(compgen -f"), std::string::npos);
  EXPECT_NE(script.find("--rate) return"), std::string::npos);
}

TEST(Completion, ZshEscapesWhatItWouldRead) {
  const std::string script = *completion_script("zsh", commands);
  EXPECT_NE(script.find(R"('*--rate[19KB/s \[or full\]]:value:')"), std::string::npos);
  EXPECT_NE(script.find(R"('sim:Run a fleet'\''s cameras\: all')"), std::string::npos);
}

TEST(Completion, FishTellsFlagsFromValues) {
  const std::string script = *completion_script("fish", commands);
  EXPECT_NE(script.find("-l rate -d '19KB/s [or full]' -x\n"), std::string::npos);
  EXPECT_NE(script.find("-l json -d 'JSON'\n"), std::string::npos);
}

TEST(Completion, OtherShellsHaveNone) {
  EXPECT_FALSE(completion_script("tcsh", commands));
}

}  // namespace
}  // namespace cli
