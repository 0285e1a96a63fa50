// What a backend says that a device answered.
#include "server/capture/replies.hpp"

#include "tests/unit/capture/desk_fixture.hpp"

namespace capture {
namespace {

using namespace std::chrono_literals;
using base::Errc;
using storage::CaptureState;
using testing::HasSubstr;

class RepliesTest : public DeskFixture {
 protected:
  base::Result<storage::CaptureRequest> reply(const base::Uuid& id, std::optional<std::uint32_t> part,
                                              std::string_view text) {
    return take_reply(captures, id, part, text, options.patience, utc);
  }
  base::Error failure(const base::Uuid& id, std::optional<std::uint32_t> part, std::string_view text) {
    const auto taken = reply(id, part, text);
    EXPECT_FALSE(taken);
    return taken ? base::Error{} : taken.error();
  }
  static constexpr std::string_view refusal = "Invalid argument in camera request cmd!";
};

TEST_F(RepliesTest, AnAnswerMovesItsPart) {
  const auto id = add_video(tracker(), 40);
  round();
  const auto taken = reply(id, 0, acceptance(captures.part(id, 0)));
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(taken->parts[0].state, CaptureState::accepted);
  EXPECT_EQ(taken->parts[0].replied_at, utc);
  EXPECT_EQ(taken->parts[1].state, CaptureState::queued);
}

TEST_F(RepliesTest, WithoutANumberThePartIsFound) {
  const auto id = add_video(tracker(), 40);
  run(65s);  // both are asked
  ASSERT_TRUE(reply(id, {}, acceptance(captures.part(id, 0))));
  EXPECT_EQ(state(id, 0), CaptureState::accepted);
  EXPECT_EQ(state(id, 1), CaptureState::sent);
  ASSERT_TRUE(reply(id, {}, refusal));
  EXPECT_EQ(state(id, 1), CaptureState::refused);
}

TEST_F(RepliesTest, WhatIsNoAnswerIsInvalid) {
  const auto id = add_video();
  round();
  EXPECT_EQ(failure(id, 0, "OK").code, Errc::invalid);
  EXPECT_THAT(failure(id, 0, "O\"K\n").message, HasSubstr("O\\x22K\\x0a"));
  EXPECT_EQ(failure(id, 0, "Request for photo from source 1 received").code, Errc::invalid) << "to another command";
  EXPECT_EQ(failure(id, {}, "Request for photo from source 1 received").code, Errc::invalid);
  EXPECT_EQ(state(id), CaptureState::sent);
}

TEST_F(RepliesTest, WhatDoesNotExistIsNotFound) {
  const auto id = add_video();
  round();
  EXPECT_EQ(failure(base::Uuid::v7(utc), {}, refusal).code, Errc::not_found);
  EXPECT_THAT(failure(id, 1, refusal).message, HasSubstr("no part 1"));
}

TEST_F(RepliesTest, OneAnswerIsEnough) {
  captures.unlink(tracker());
  const auto id = add_video();
  EXPECT_THAT(failure(id, 0, refusal).message, HasSubstr("has not been handed out yet"));
  EXPECT_EQ(failure(id, {}, refusal).code, Errc::conflict);
  captures.link(tracker());
  round();
  ASSERT_TRUE(reply(id, 0, refusal));
  for (const auto part : {std::optional<std::uint32_t>(0), std::optional<std::uint32_t>()}) {
    const auto error = failure(id, part, refusal);
    EXPECT_EQ(error.code, Errc::conflict);
    EXPECT_THAT(error.message, HasSubstr("it is refused"));
  }
}

TEST_F(RepliesTest, TroubleWithTheCatalogIsSaid) {
  const auto id = add_video();
  round();
  captures.set_down(true);
  EXPECT_EQ(failure(id, 0, refusal).code, Errc::unavailable);
}

TEST(KeptText, IsOfOneLineAndBounded) {
  EXPECT_EQ(kept_text("  a\r\n b\x01 "), "a b\\x01");
  EXPECT_LE(kept_text(std::string(100'000, 'x')).size(), longest_reply + 8);
}

}  // namespace
}  // namespace capture
