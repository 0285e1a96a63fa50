// Which files count as events, by every form of META, and what is taken of a device in each state.
#include "server/dualcam/wanted.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/dualcam/device.hpp"

namespace dualcam::test {
namespace {

using base::IntakeState;
using base::MediaKind;

// A body with `trigger` in the place of the form's trigger byte; nothing else says anything.
base::Bytes body_of(MetadataForm form, std::uint8_t trigger, std::size_t size) {
  base::Bytes body(size, 0);
  body[form == MetadataForm::dualcam ? 10 : 5] = trigger;
  return body;
}

Metadata parsed(MetadataForm form, base::ByteView body) {
  const auto metadata = parse_metadata(form, body);
  EXPECT_TRUE(metadata) << metadata.error().message;
  return metadata.value_or(Metadata{});
}

Metadata json(std::string_view text) {
  return parsed(MetadataForm::json, base::as_bytes(text));
}

std::set<unsigned> events_among(MetadataForm form, std::size_t size) {
  std::set<unsigned> events;
  for (unsigned trigger = 0; trigger < 256; ++trigger)
    if (is_event(parsed(form, body_of(form, static_cast<std::uint8_t>(trigger), size)))) events.insert(trigger);
  return events;
}

TEST(Wanted, EveryVersionOfMetaNamesItsEvents) {
  const std::set<unsigned> all_but_periodic{0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11};
  for (const std::size_t size : {meta_v1_size, meta_v2_size, meta_v3_size, meta_v4_size})
    EXPECT_EQ(events_among(MetadataForm::dualcam, size), all_but_periodic) << size;
}

TEST(Wanted, AdasNamesItsEvents) {
  EXPECT_EQ(events_among(MetadataForm::adas, meta_adas_size), (std::set<unsigned>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

TEST(Wanted, DsmNamesItsEvents) {
  EXPECT_EQ(events_among(MetadataForm::dsm, meta_dsm_size),
            (std::set<unsigned>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13}));
}

TEST(Wanted, WhatADsmCameraSawIsAnEventWhateverTheTrigger) {
  for (unsigned bit = 0; bit < 16; ++bit) {
    base::Bytes body = body_of(MetadataForm::dsm, 12, meta_dsm_size);  // periodic
    body[14] = static_cast<std::uint8_t>(1U << bit >> 8);
    body[15] = static_cast<std::uint8_t>(1U << bit);
    EXPECT_EQ(is_event(parsed(MetadataForm::dsm, body)), bit < 9) << bit;
  }
}

TEST(Wanted, JsonSaysItWithNumbersAndWords) {
  EXPECT_TRUE(is_event(json(R"({"fm_trigger":{"type":3}})")));
  EXPECT_TRUE(is_event(json(R"({"fm_trigger":{"type":"crash"}})")));
  EXPECT_TRUE(is_event(json(R"({"fm_trigger":{"type":"Crash"}})")));
  EXPECT_TRUE(is_event(json(R"({"fm_trigger":{"type":9},"cam_trigger":{"type":"drowsiness"}})")));
  for (const char* none :
       {R"({})", R"({"fm_trigger":{"type":9},"cam_trigger":{"type":9}})", R"({"fm_trigger":{"type":"periodic"}})",
        R"({"fm_trigger":{"type":200}})", R"({"fm_trigger":{"type":"crashes"}})", R"({"fm_trigger":{"type":null}})"})
    EXPECT_FALSE(is_event(json(none))) << none;
}

TEST(Wanted, TheStatesTakeLessAndLess) {
  const Metadata nothing_said;
  const Metadata crash{.trigger = "crash"};
  const Metadata requested{.trigger = "server_request"};
  const Metadata periodic{.trigger = "periodic"};
  struct Row {
    IntakeState taken;
    MediaKind kind;
    bool without_event;
  };
  for (const Row& row : {Row{IntakeState::everything, MediaKind::photo, true},
                         {IntakeState::everything, MediaKind::video, true},
                         {IntakeState::everything, MediaKind::other, true},
                         {IntakeState::photos, MediaKind::photo, true},
                         {IntakeState::photos, MediaKind::video, false},
                         {IntakeState::photos, MediaKind::other, false},
                         {IntakeState::events, MediaKind::photo, false},
                         {IntakeState::events, MediaKind::video, false},
                         {IntakeState::events, MediaKind::other, false}}) {
    const auto where = testing::Message() << base::to_string(row.taken) << " " << base::to_string(row.kind);
    for (const Metadata& metadata : {nothing_said, periodic})
      EXPECT_EQ(is_wanted(row.taken, row.kind, metadata), row.without_event) << where;
    for (const Metadata& metadata : {crash, requested}) EXPECT_TRUE(is_wanted(row.taken, row.kind, metadata)) << where;
  }
}

}  // namespace
}  // namespace dualcam::test
