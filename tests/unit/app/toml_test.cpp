#include <gtest/gtest.h>

#include <fstream>

#include "server/app/settings.hpp"
#include "tests/support/temp_folder.hpp"

namespace app {
namespace {

class Toml : public testing::Test {
 protected:
  base::Result<Values> read(std::string_view text) {
    std::ofstream(path_) << text;
    return read_toml(path_);
  }
  std::string complaint(std::string_view text) {
    const auto values = read(text);
    return values ? "no complaint" : values.error().message;
  }

  tests::TempFolder folder_;
  std::string path_ = folder_ / "dualcamd.toml";
};

TEST_F(Toml, TextsNumbersTruthsAndLists) {
  const auto values =
      read("data-dir = \"/srv\"\nthreads = 4 # cores\ndualcam-listen = [\"a:1\", \"b:2\"]\nnode = []\nx = true\n");
  ASSERT_TRUE(values) << values.error().message;
  EXPECT_EQ(*values, (Values{{"data-dir", {"/srv"}},
                             {"threads", {"4"}},
                             {"dualcam-listen", {"a:1", "b:2"}},
                             {"node", {}},
                             {"x", {"true"}}}));
}

TEST_F(Toml, ErrorsNameFileAndLine) {
  EXPECT_TRUE(complaint("a = 1\nb = \n").starts_with("Cannot read the configuration file " + path_ + ", line 2: "));
  EXPECT_EQ(complaint("a = 1\n[b]\nc = 1\n"), path_ + ", line 2: b must be a text, a number or a list of these.");
  EXPECT_EQ(complaint("a = 1.5\n"), path_ + ", line 1: a must be a text, a number or a list of these.");
  EXPECT_EQ(complaint("a = [[1]]\n"), path_ + ", line 1: a must be a text, a number or a list of these.");
}

TEST_F(Toml, AFileThatIsNotThere) {
  const auto values = read_toml(folder_ / "none.toml");
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().message, "Cannot read the configuration file " + std::string(folder_ / "none.toml") + ".");
  EXPECT_FALSE(read_toml(folder_.path()));  // a directory
}

}  // namespace
}  // namespace app
