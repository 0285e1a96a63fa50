#include "transcode/worker/job_command.hpp"

#include <gtest/gtest.h>

namespace transcode {
namespace {

const JobCommand command{
    .order = {.format = storage::Format::mp4, .outputs = {{base::Derived::remux, 5}}, .encoding = {}},
    .memory_bytes = 1ULL << 30,
    .cpu = std::chrono::seconds(300),
    .output_bytes = 512ULL << 20,
    .niceness = 10,
    .parent = 4711};

TEST(JobCommand, IsTheSameAfterItsWords) {
  EXPECT_EQ(parse_job_command(to_words(command)).value(), command);
}

TEST(JobCommand, NeedsEachLimitOnce) {
  const std::vector<std::string> words = to_words(command);
  for (std::size_t i = 0; i < 5; ++i) {
    std::vector<std::string> fewer = words;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(parse_job_command(fewer)) << "without " << words[i];
    std::vector<std::string> more = words;
    more.push_back(words[i]);
    EXPECT_FALSE(parse_job_command(more)) << "twice " << words[i];
  }
}

TEST(JobCommand, RefusesNumbersThatAreNone) {
  for (const char* word :
       {"nice=20", "nice=-1", "memory=1e9", "memory=9223372036854775808", "cpu=999999999", "parent="}) {
    std::vector<std::string> words = to_words(command);
    const std::string_view name = std::string_view(word).substr(0, std::string_view(word).find('='));
    for (std::string& other : words)
      if (other.starts_with(name)) other = word;
    EXPECT_FALSE(parse_job_command(words)) << word;
  }
}

}  // namespace
}  // namespace transcode
