#include "server/base/result.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace base {
namespace {

TEST(Result, ErrorsOfTheSystemSayWhatFailedAndWhy) {
  const Result<> result = fail_errno(ENOSPC, "Writing /data/spool/1");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "Writing /data/spool/1: No space left on device");
  EXPECT_EQ(result.error().os_error, ENOSPC);
  EXPECT_EQ(result.error().code, Errc::exhausted);
}

TEST(Result, ErrorsOfTheSystemAreClassified) {
  for (const int bound : {ENOSPC, EDQUOT, EMFILE, ENFILE})
    EXPECT_EQ(Result<>(fail_errno(bound, "x")).error().code, Errc::exhausted);
  EXPECT_EQ(Result<>(fail_errno(ENOENT, "x")).error().code, Errc::not_found);
  EXPECT_EQ(Result<>(fail_errno(EIO, "x")).error().code, Errc::io);
}

TEST(Result, OwnErrorsHaveNoErrno) {
  const Result<int> result = fail(Errc::refused, "The device is not on the list.");
  EXPECT_EQ(result.error().code, Errc::refused);
  EXPECT_EQ(result.error().message, "The device is not on the list.");
  EXPECT_EQ(result.error().os_error, 0);
}

TEST(Result, CodesHaveNames) {
  EXPECT_EQ(to_string(Errc::invalid), "invalid");
  EXPECT_EQ(to_string(Errc::not_found), "not found");
  EXPECT_EQ(to_string(Errc::conflict), "conflict");
  EXPECT_EQ(to_string(Errc::refused), "refused");
  EXPECT_EQ(to_string(Errc::exhausted), "exhausted");
  EXPECT_EQ(to_string(Errc::unavailable), "unavailable");
  EXPECT_EQ(to_string(Errc::corrupt), "corrupt");
  EXPECT_EQ(to_string(Errc::io), "input/output error");
}

}  // namespace
}  // namespace base
