#include "server/events/message.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/samples.hpp"

namespace events {
namespace {

storage::OutboxEvent event_with(std::string payload) {
  return {.position = 1,
          .id = base::Uuid::v7(tests::at(0)),
          .imei = tests::device(),
          .type = "media.deleted",
          .created_at = tests::at(0),
          .payload = std::move(payload)};
}

TEST(EventMessage, HasAnEnvelopeAndWhatHappened) {
  const auto event = event_with(
      R"({"id":"i","type":"t","time":"x","imei":"356307042441013","media":{"id":"7","name":"é"},"reason":"it was old"})");
  const auto message = message_of(event);
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_EQ(message->id, event.id.str());
  EXPECT_EQ(message->type, "media.deleted");
  EXPECT_EQ(message->device, "356307042441013");
  EXPECT_EQ(message->body, R"({"id":")" + event.id.str() + R"(","type":"media.deleted","time":")" +
                               base::to_iso8601(tests::at(0)) +
                               R"(","device":"356307042441013","data":{"media":{"id":"7","name":"é"},)"
                               R"("reason":"it was old"}})");
}

TEST(EventMessage, WhatIsNoObjectIsNoMessage) {
  for (const char* payload : {"", "{", "[]", "7", R"({"id":"i"} x)"}) {
    const auto message = message_of(event_with(payload));
    ASSERT_FALSE(message) << payload;
    EXPECT_EQ(message.error().code, base::Errc::corrupt);
  }
}

}  // namespace
}  // namespace events
