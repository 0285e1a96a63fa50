// The relay in the program: its file, and those who are told what happens.
#include <fstream>

#include "server/app/relay.hpp"
#include "tests/support/eventually.hpp"
#include "tests/unit/storage/catalog_fixture.hpp"
#include "tests/unit/storage/intake_fixture.hpp"

namespace app {
namespace {

// What endpoints store goes here.
struct Store final : storage::IntakeFixture {
  using storage::IntakeFixture::intake;
  void TestBody() override {}
};

class RelayServiceTest : public tests::SqliteTest {
 protected:
  base::Result<std::unique_ptr<RelayService>> make(std::string_view tables) {
    settings_.relay_file = folder_ / "relay.toml";
    std::ofstream(settings_.relay_file) << tables;
    return RelayService::create(settings_, *catalog_, store_.intake, [] {}, feed_, registry_);
  }
  // All that a reader has had and gets now, as it is sent.
  static std::string read(http::LiveSource& reader) {
    std::string text;
    for (;;) {
      const http::LivePiece piece = reader.take();
      if (piece.parts.empty()) return text;
      for (const http::LivePart& part : piece.parts) {
        if (const auto* const own = std::get_if<std::string>(&part)) text += *own;
        if (const auto* const shared = std::get_if<std::shared_ptr<const std::string>>(&part)) text += **shared;
      }
    }
  }

  Settings settings_;
  std::unique_ptr<storage::sqlite::SqliteCatalog> catalog_ = open();
  Store store_;
  http::Feed feed_;
  prometheus::Registry registry_;
};

TEST_F(RelayServiceTest, WhatHappenedIsToldInItsOrderAndAllOfItBeforeTheEnd) {
  const auto made = make("[[webhook]]\nname = \"desk\"\nurl = \"http://127.0.0.1:9/\"\n");
  ASSERT_TRUE(made) << made.error().message;
  RelayService& relay = **made;
  const auto reader = feed_.read({.topics = http::bit_of(http::Topic::trigger), .after = {}});
  reader->begin([] {});
  relay.start();
  std::vector<std::string> ids;
  for (int n = 0; n < 200; ++n) {
    const auto id =
        relay.api().trigger({.protocol = "api", .source = "api", .kind = "bell", .fields = {}, .hops = 0, .key = {}});
    ASSERT_TRUE(id) << id.error().message;
    ids.push_back(id->str());
  }
  relay.stop();
  const std::string told = read(*reader);
  std::size_t place = 0;
  for (const std::string& id : ids) {
    place = told.find(id, place);
    ASSERT_NE(place, std::string::npos) << id;
  }
  relay.stop();  // once more is nothing
  EXPECT_FALSE(relay.api().trigger({.protocol = "api", .source = "api", .kind = "bell"}));
}

TEST_F(RelayServiceTest, AFileThatHasFaultsIsNamedAndWithoutOneThereIsNoRelay) {
  const auto made = make(
      "[[shogun]]\nname = \"stage\"\nto = [\"127.0.0.1:9\"]\n[[rule]]\nname = \"r\"\nwhen = { protocol = \"api\" }\n"
      "do = [ { target = \"stage\", verb = \"start\", name = \"a\" } ]\n");
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find(settings_.relay_file), std::string::npos) << made.error().message;
  EXPECT_NE(made.error().message.find("needs a database_path"), std::string::npos) << made.error().message;

  Settings without;
  const auto none = RelayService::create(without, *catalog_, store_.intake, [] {}, feed_, registry_);
  ASSERT_TRUE(none);
  EXPECT_EQ(*none, nullptr);
}

TEST_F(RelayServiceTest, AFileThatCannotBeUsedAnyMoreLeavesTheRulesAsTheyWere) {
  const std::string desk = "[[webhook]]\nname = \"desk\"\nurl = \"http://127.0.0.1:9/\"\n";
  const auto rule = [&](const char* name, const char* target) {
    return desk + "[[rule]]\nname = \"" + name + "\"\nwhen = { protocol = \"api\" }\ndo = [ { target = \"" + target +
           "\", verb = \"post\" } ]\n";
  };
  const auto made = make(rule("old", "desk"));
  ASSERT_TRUE(made) << made.error().message;
  RelayService& relay = **made;
  relay.start();
  const auto rules = [&] { return relay.api().rules().value().file_rules; };
  std::ofstream(settings_.relay_file) << rule("new", "nobody");
  EXPECT_FALSE(relay.reload());
  EXPECT_NE(rules().find("\"old\""), std::string::npos) << rules();
  std::ofstream(settings_.relay_file) << rule("new", "desk");
  EXPECT_TRUE(relay.reload());
  EXPECT_NE(rules().find("\"new\""), std::string::npos) << rules();
  EXPECT_EQ(rules().find("\"old\""), std::string::npos) << rules();
}

}  // namespace
}  // namespace app
