#include "server/events/signature.hpp"

#include <gtest/gtest.h>

namespace events {
namespace {

constexpr base::UtcTime then{std::chrono::milliseconds{1'700'000'000'999}};

// By another implementation: printf '%s' '1700000000.{"id":"x"}' | openssl dgst -sha256 -hmac 'correct horse battery'
TEST(EventSignature, IsTheHmacOfTimeAndBody) {
  EXPECT_EQ(signature("correct horse battery", then, R"({"id":"x"})"),
            "t=1700000000,v1=9eec88151aab25ea6a6cfb1217641e0b78606e354807c9ee369c031f48b1070b");
}

TEST(EventSignature, DependsOnEverything) {
  const auto one = signature("correct horse battery", then, "body");
  EXPECT_EQ(signature("correct horse battery", then, "body"), one);
  EXPECT_NE(signature("another horse battery", then, "body"), one);
  EXPECT_NE(signature("correct horse battery", then + std::chrono::seconds{1}, "body"), one);
  EXPECT_NE(signature("correct horse battery", then, "bodY"), one);
}

}  // namespace
}  // namespace events
