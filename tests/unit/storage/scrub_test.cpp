// The scrub finds what is wrong, and nothing else.
#include "storage/keeping/scrub.hpp"

#include <atomic>
#include <thread>

#include "tests/unit/storage/keeping_fixture.hpp"

namespace storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

class ScrubTest : public KeepingFixture {
 protected:
  ScrubRun run(ScrubOptions options = {.sample_bytes = 1'000'000}, const std::stop_token& stop = {}) {
    options.rest = false;
    const auto done = Scrub(*catalog_, objects_, options).run(stop);
    EXPECT_TRUE(done) << done.error().message;
    return done.value_or(ScrubRun{});
  }
  std::vector<std::string> found() {
    std::vector<std::string> all;
    const auto findings = keeping().findings(100).value();
    for (const auto& each : findings) all.push_back(std::string(to_string(each.kind)) + " " + each.object_key);
    return all;
  }
  int events(const std::string& type) { return count("SELECT count(*) FROM outbox WHERE type = '" + type + "'"); }
};

TEST_F(ScrubTest, AHealthyStore) {
  for (int i = 0; i < 20; ++i) add(10h, 100, tests::device(static_cast<std::uint64_t>(i % 3)));
  objects_.keep("partials/x", "not ours to look at", base::utc_now() - 10h);
  objects_.leftovers = 3;
  const auto ran = run();
  EXPECT_EQ(ran.state, "complete");
  EXPECT_EQ(ran.reason, "");
  EXPECT_EQ(ran.objects, 20U);
  EXPECT_EQ(ran.files, 20U);
  EXPECT_EQ(ran.hashed_files, 20U);
  EXPECT_EQ(ran.removed_leftovers, 3U);
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_EQ(objects_.objects.size(), 21U);
  EXPECT_EQ(keeping().last_run().value()->id, ran.id);
}

TEST_F(ScrubTest, AnEmptyStore) {
  EXPECT_EQ(run().state, "complete");
}

TEST_F(ScrubTest, EachKindOfFinding) {
  const Media good = add(10h);
  const Media missing = add(10h);
  const Media cut = add(10h);
  const Media damaged = add(10h);
  objects_.objects.erase(missing.object_key);
  objects_.objects[cut.object_key].bytes.pop_back();
  objects_.objects[damaged.object_key].bytes[5] ^= 1;
  objects_.keep("media/a-first/x.jpg", "orphan", base::utc_now() - 10h);
  objects_.keep("media/z-last/x.jpg", "orphan", base::utc_now() - 10h);
  const auto ran = run();
  EXPECT_EQ(ran.state, "complete");
  EXPECT_EQ(ran.orphans, 2U);
  EXPECT_EQ(ran.missing, 1U);
  EXPECT_EQ(ran.wrong_size, 1U);
  EXPECT_EQ(ran.damaged, 2U) << "one of another size is damaged, too";
  EXPECT_THAT(found(), testing::UnorderedElementsAre("damaged " + cut.object_key, "damaged " + damaged.object_key,
                                                     "missing " + missing.object_key, "orphan media/a-first/x.jpg",
                                                     "orphan media/z-last/x.jpg", "wrong_size " + cut.object_key));
  EXPECT_EQ(events("media.missing"), 1);
  EXPECT_EQ(events("media.damaged"), 3);
  run();
  EXPECT_THAT(found(), SizeIs(6));
  EXPECT_EQ(events("media.missing") + events("media.damaged"), 4) << "told of once";
  for (const Media& media : {good, missing, cut, damaged}) EXPECT_TRUE(is_stored(media)) << "never deleted";
  EXPECT_TRUE(objects_.has("media/z-last/x.jpg")) << "no tombstone names it";
}

// What a node leaves that dies between putting an object and committing its row.
TEST_F(ScrubTest, ASecondCopyOfAStoredFileIsRemoved) {
  const Media media = add(10h);
  const Media lost = add(10h, 200);
  const auto copy = [&](const Media& of, std::string_view name, std::chrono::milliseconds age, int changed = 0) {
    auto bytes = objects_.objects[of.object_key].bytes;
    bytes[3] = static_cast<char>(bytes[3] ^ changed);
    const std::string key = "media/" + of.imei.str() + "/2026/01/01/" + std::string(name) + ".jpg";
    objects_.keep(key, bytes, base::utc_now() - age);
    return key;
  };
  const std::string second = copy(media, "second", 10h);
  const std::string fresh = copy(media, "fresh", 1s);
  const std::string other = copy(media, "other", 10h, 1);
  const std::string only = copy(lost, "only", 10h);
  objects_.objects.erase(lost.object_key);
  const auto ran = run();
  EXPECT_EQ(ran.removed_objects, 1U);
  EXPECT_FALSE(objects_.has(second));
  EXPECT_TRUE(objects_.has(fresh)) << "its row may be on its way";
  EXPECT_THAT(found(),
              testing::UnorderedElementsAre("orphan " + other, "orphan " + only, "missing " + lost.object_key));
  EXPECT_TRUE(objects_.has(only)) << "it is all there is of the file";
}

TEST_F(ScrubTest, WhatWasMendedIsSettled) {
  const Media missing = add(10h);
  const Media damaged = add(10h);
  const auto whole = objects_.objects;
  objects_.objects.erase(missing.object_key);
  objects_.objects[damaged.object_key].bytes[5] ^= 1;
  run();
  EXPECT_THAT(found(), SizeIs(2));
  objects_.objects = whole;
  run({.sample_bytes = 0});
  EXPECT_THAT(found(), IsEmpty()) << "what is damaged is read again in every run";
}

TEST_F(ScrubTest, AnObjectThatCannotBeReadIsDamaged) {
  const Media media = add(10h);
  objects_.trouble = [](std::string_view call, std::string_view) -> base::Result<> {
    if (call == "open") return base::fail(base::Errc::io, "The disk has a scratch.");
    return {};
  };
  EXPECT_EQ(run().damaged, 1U);
  EXPECT_THAT(keeping().findings(1).value().at(0).detail, HasSubstr("scratch"));
}

TEST_F(ScrubTest, AStoreThatIsAwayIsNoFinding) {
  for (int i = 0; i < 3; ++i) add(10h);
  for (const std::string_view failing : {"list", "open"}) {
    objects_.trouble = [&](std::string_view call, std::string_view) -> base::Result<> {
      if (call == failing) return base::fail(base::Errc::unavailable, "The store is down.");
      return {};
    };
    const auto ran = run();
    EXPECT_EQ(ran.state, "failed");
    EXPECT_EQ(ran.reason, "The store is down.");
    EXPECT_THAT(found(), IsEmpty());
  }
}

TEST_F(ScrubTest, YoungOnesAreLeftAlone) {
  const Media young = add(1min);
  objects_.objects.erase(young.object_key);
  objects_.keep("media/on-its-way", "bytes", base::utc_now());
  run();
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(ScrubTest, TheObjectOfADeletedFileIsRemoved) {
  const Media media = add(10h);
  ASSERT_TRUE(keeping().delete_media(media.imei, std::vector{media.id}, "r", base::utc_now()));
  ASSERT_TRUE(keeping().mark_removed(std::vector{media.id}));  // it came back behind that
  EXPECT_EQ(run().removed_objects, 1U);
  EXPECT_FALSE(objects_.has(media.object_key));
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(ScrubTest, WhatIsMadeOfFilesAndNamedIsLeftAlone) {
  std::vector<DerivedObject> all;
  for (int i = 0; i < 3; ++i) all.push_back(add_derived(add(10h), base::Derived::thumbnail, 9h));
  const auto ran = run();
  EXPECT_EQ(ran.state, "complete");
  EXPECT_EQ(ran.removed_derived, 0U);
  EXPECT_EQ(ran.remade_derived, 0U);
  EXPECT_EQ(ran.objects, 3U) << "originals are what is counted";
  for (const auto& each : all) EXPECT_TRUE(objects_.has(each.object_key));
}

TEST_F(ScrubTest, ADerivedObjectThatIsNotNamedIsRemoved) {
  const Media media = add(10h);
  const auto replaced = add_derived(media, base::Derived::strip, 9h);
  const auto named = add_derived(media, base::Derived::strip, 9h);
  const Media deleted = add(10h);
  ASSERT_TRUE(keeping().delete_media(deleted.imei, std::vector{deleted.id}, "r", base::utc_now()));
  const auto keep = [&](const base::Uuid& id, std::chrono::milliseconds age) {
    const std::string key = fmt::format("derived/{}/{}/strip-{}.jpg", media.imei.str(), id.str(), age.count());
    objects_.keep(key, "bytes", base::utc_now() - age);
    return key;
  };
  const std::string left = keep(deleted.id, 9h);
  const std::string young = keep(media.id, 1min);
  const std::string foreign = keep(base::Uuid::v7(base::utc_now()), 9h);
  objects_.keep("derived/not-ours", "bytes", base::utc_now() - 9h);
  const auto ran = run();
  EXPECT_EQ(ran.removed_derived, 2U);
  EXPECT_EQ(keeping().last_run().value()->removed_derived, 2U);
  EXPECT_FALSE(objects_.has(replaced.object_key));
  EXPECT_FALSE(objects_.has(left));
  EXPECT_TRUE(objects_.has(named.object_key));
  EXPECT_TRUE(objects_.has(young)) << "its job may be about to end";
  EXPECT_TRUE(objects_.has(foreign)) << "of a file that this catalog has never heard of";
  EXPECT_TRUE(objects_.has("derived/not-ours"));
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(ScrubTest, ADerivedObjectThatIsLostIsMadeAgain) {
  const Media lost = add(10h);
  const Media cut = add(10h);
  const Media without_file = add(10h);
  const auto gone = add_derived(lost, base::Derived::thumbnail, 9h);
  const auto shorter = add_derived(cut, base::Derived::thumbnail, 9h);
  const auto hopeless = add_derived(without_file, base::Derived::thumbnail, 9h);
  for (const auto& key : {gone.object_key, hopeless.object_key, without_file.object_key}) objects_.objects.erase(key);
  objects_.objects[shorter.object_key].bytes.pop_back();
  const auto ran = run();
  EXPECT_EQ(ran.remade_derived, 2U);
  EXPECT_EQ(keeping().last_run().value()->remade_derived, 2U);
  const auto state = [&](const Media& media) {
    return catalog_->jobs().jobs_of(std::vector{media.id}).value().at(0).state;
  };
  EXPECT_EQ(state(lost), JobState::queued);
  EXPECT_EQ(state(cut), JobState::queued);
  EXPECT_EQ(state(without_file), JobState::done) << "of what is there nothing can be made";
  EXPECT_THAT(found(), testing::ElementsAre("missing " + without_file.object_key));
  EXPECT_EQ(run().removed_derived, 1U) << "the shorter one";
  EXPECT_FALSE(objects_.has(shorter.object_key));
}

TEST_F(ScrubTest, AYoungRowIsLeftAlone) {
  const auto made = add_derived(add(10h), base::Derived::thumbnail, 1min);
  objects_.objects.erase(made.object_key);
  EXPECT_EQ(run().remade_derived, 0U);
}

TEST_F(ScrubTest, AStopEndsTheDerivedPart) {
  for (int i = 0; i < 3; ++i) objects_.objects.erase(add_derived(add(10h), base::Derived::strip, 9h).object_key);
  const auto last = add_derived(add(10h), base::Derived::strip, 9h);
  std::stop_source stop;
  objects_.trouble = [&](std::string_view call, std::string_view key) {
    if (call == "list" && key == last.object_key) stop.request_stop();
    return base::Result<>();
  };
  const auto ran = run({}, stop.get_token());
  EXPECT_EQ(ran.state, "stopped");
  EXPECT_EQ(ran.remade_derived, 0U);
}

TEST_F(ScrubTest, TheSampleGoesRoundAndRound) {
  std::vector<Media> all;
  for (int i = 0; i < 6; ++i) all.push_back(add(10h - std::chrono::minutes(i), 64));
  std::ranges::sort(all, {}, &Media::object_key);
  std::vector<std::string> opened;
  objects_.trouble = [&](std::string_view call, std::string_view key) {
    if (call == "open") opened.emplace_back(key);
    return base::Result<>();
  };
  const auto keys = [&](std::initializer_list<std::size_t> indexes) {
    std::vector<std::string> expected;
    for (const std::size_t index : indexes) expected.push_back(all[index].object_key);
    return expected;
  };
  const auto sample = [&](std::uint64_t bytes) {
    opened.clear();
    run({.sample_bytes = bytes});
    return opened;
  };
  EXPECT_EQ(sample(400), keys({0, 1, 2, 3}));
  EXPECT_EQ(sample(400), keys({4, 5, 0, 1}));
  EXPECT_EQ(sample(10'000), keys({2, 3, 4, 5, 0, 1})) << "each once";
  EXPECT_THAT(sample(0), IsEmpty());
  opened.clear();
  run({.sample_bytes = 1, .rehash_all = true});
  EXPECT_EQ(opened, keys({0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(sample(100), keys({2})) << "a reading of everything leaves the place";
}

TEST_F(ScrubTest, AStopEndsIt) {
  for (int i = 0; i < 5; ++i) add(10h);
  const Media missing = add(10h);
  objects_.objects.erase(missing.object_key);
  run();
  ASSERT_THAT(found(), SizeIs(1));
  std::stop_source stop;
  objects_.trouble = [&](std::string_view call, std::string_view) {
    if (call == "list") stop.request_stop();
    return base::Result<>();
  };
  const auto ran = run({.sample_bytes = 1000}, stop.get_token());
  EXPECT_EQ(ran.state, "stopped");
  EXPECT_EQ(ran.objects, 1U);
  EXPECT_THAT(found(), SizeIs(1)) << "nothing is settled by half a comparison";
}

TEST_F(ScrubTest, NothingIsFoundWhileFilesComeAndGo) {
  std::vector<Media> old;
  for (int i = 0; i < 300; ++i) old.push_back(add(10h));
  std::atomic<bool> ended = false;
  std::jthread traffic([&] {
    Deletion deletion(*catalog_, objects_);
    for (const Media& going : old) {
      add(0h);
      static_cast<void>(deletion.remove(std::vector{file(going)}, "r"));
    }
    ended = true;
  });
  int runs = 0;
  for (; !ended; ++runs) EXPECT_EQ(run().state, "complete");
  traffic.join();
  EXPECT_GE(runs, 2);
  EXPECT_THAT(found(), IsEmpty());
}

}  // namespace
}  // namespace storage
