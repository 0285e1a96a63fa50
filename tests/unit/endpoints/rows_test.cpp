#include <gtest/gtest.h>

#include "server/endpoints/parameters.hpp"
#include "server/endpoints/rows.hpp"

namespace endpoints {
namespace {

using namespace std::chrono_literals;

const base::UtcTime at{1'790'000'000'000ms};

TEST(Rows, ANoteIsARowOfTheLogWithEverythingInIt) {
  const base::Uuid id = base::Uuid::v7(at);
  const base::Uuid cause = base::Uuid::v7(at);
  const base::Uuid take = base::Uuid::v7(at);
  const storage::Trigger row = row_of(hub::Note{.incoming = false,
                                                .id = id,
                                                .protocol = hub::Protocol::shogun,
                                                .endpoint = "stage",
                                                .kind = "start",
                                                .rule = "pitch",
                                                .fields = {{"name", "take \"1\""}, {"notes", ""}},
                                                .cause = cause,
                                                .take = take,
                                                .at = at,
                                                .due_at = at + 5ms,
                                                .late = 17us,
                                                .latency = 1500us,
                                                .outcome = hub::Outcome::confirmed,
                                                .reason = "It said so.",
                                                .peer = "127.0.0.1:30",
                                                .raw = {1, 2, 3}},
                                      "node-1");
  EXPECT_EQ(row.id, id);
  EXPECT_FALSE(row.incoming);
  EXPECT_EQ(row.node, "node-1");
  EXPECT_EQ(row.protocol, "shogun");
  EXPECT_EQ(row.endpoint, "stage");
  EXPECT_EQ(row.kind, "start");
  EXPECT_EQ(row.rule, "pitch");
  EXPECT_EQ(row.outcome, "confirmed");
  EXPECT_EQ(row.reason, "It said so.");
  EXPECT_EQ(row.fields, R"({"name":"take \"1\"","notes":""})");
  EXPECT_EQ(row.raw, (base::Bytes{1, 2, 3}));
  EXPECT_EQ(row.peer, "127.0.0.1:30");
  EXPECT_EQ(row.cause, cause);
  EXPECT_EQ(row.take_id, take);
  EXPECT_EQ(row.at, at);
  EXPECT_EQ(row.due_at, at + 5ms);
  EXPECT_EQ(row.late_us, 17);
  EXPECT_EQ(row.latency_us, 1500);
}

TEST(Rows, WhatANoteHasNotTheRowHasNot) {
  const storage::Trigger row = row_of(hub::Note{}, "n");
  EXPECT_TRUE(row.incoming);
  EXPECT_EQ(row.fields, "{}");
  EXPECT_FALSE(row.cause || row.take_id || row.due_at || row.latency_us);
}

TEST(Rows, OfFieldsOfOneNameTheFirstStands) {
  EXPECT_EQ(fields_json({{"a", "1"}, {"b", "2"}, {"a", "3"}}), R"({"a":"1","b":"2"})");
}

TEST(Rows, APendingCommandCanBeReadAgain) {
  hub::Command command{.id = base::Uuid::v7(at), .rule = "r", .target = "gate", .verb = "home"};
  command.due.utc = at;
  command.expiry = 10s;
  const storage::PendingCommand row = row_of(command, "n");
  EXPECT_EQ(row.target, "gate");
  EXPECT_EQ(row.rule, "r");
  EXPECT_EQ(row.due_at, at);
  EXPECT_EQ(row.expires_at, at + 10s);
  const auto again = hub::parse_command(row.command);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->id, command.id);
  EXPECT_EQ(again->verb, "home");
}

hub::Command with(std::string_view value) {
  hub::Command command;
  command.parameters = {{"x", std::string(value)}};
  return command;
}

TEST(Parameters, AreNothingWhereTheyAreMissingOrEmpty) {
  EXPECT_FALSE(number_of(with(""), "x").value());
  EXPECT_FALSE(duration_of(with(""), "x").value());
  EXPECT_FALSE(flag_of(with("1"), "y").value());
  EXPECT_EQ(text_of(with("1"), "y"), "");
}

TEST(Parameters, AreValuesOrSentencesWithNameAndValue) {
  EXPECT_EQ(number_of(with("-7"), "x").value(), -7);
  EXPECT_EQ(duration_of(with("2m"), "x").value(), 120s);
  EXPECT_EQ(flag_of(with("on"), "x").value(), true);
  EXPECT_EQ(flag_of(with("0"), "x").value(), false);
  EXPECT_EQ(number_of(with("7 "), "x").error().message, "The parameter x is \"7 \", which is no whole number.");
  EXPECT_EQ(number_of(with("99999999999999999999"), "x").error().code, base::Errc::invalid);
  EXPECT_FALSE(duration_of(with("2"), "x"));
  EXPECT_FALSE(flag_of(with("TRUE"), "x"));
}

}  // namespace
}  // namespace endpoints
