// SPDX-License-Identifier: Apache-2.0
#include "picket/server/stream.h"

#include <gtest/gtest.h>

namespace picket {
namespace {

StreamMessage Text(const std::string& text) { return std::make_shared<const std::string>(text); }

TEST(Outbox, OnlyTheNewestPictureWaits) {
  Outbox box;
  EXPECT_TRUE(box.Put(StreamKind::kPicture, Text("old")));
  EXPECT_FALSE(box.Put(StreamKind::kPicture, Text("new"))) << "the reader was woken already";
  EXPECT_EQ(*box.Take(), "new");
  EXPECT_EQ(box.Take(), nullptr);
  EXPECT_EQ(box.replaced(), 1U);
  EXPECT_TRUE(box.Put(StreamKind::kPicture, Text("next"))) << "the reader had gone to sleep";
}

TEST(Outbox, AlertsAreKeptInOrderAndGoFirst) {
  Outbox box;
  EXPECT_TRUE(box.Put(StreamKind::kPicture, Text("picture")));
  EXPECT_FALSE(box.Put(StreamKind::kKept, Text("first")));
  EXPECT_FALSE(box.Put(StreamKind::kKept, Text("second")));
  EXPECT_EQ(*box.Take(), "first");
  EXPECT_EQ(*box.Take(), "second");
  EXPECT_EQ(*box.Take(), "picture");
  EXPECT_EQ(box.Take(), nullptr);
}

TEST(Outbox, APictureAfterEachTakeDoesNotStarveTheOthers) {
  Outbox box;
  (void)box.Put(StreamKind::kHealth, Text("health"));
  (void)box.Put(StreamKind::kReplay, Text("replay"));
  bool health = false;
  bool replay = false;
  for (int i = 0; i < 4; ++i) {
    (void)box.Put(StreamKind::kPicture, Text("picture"));
    const auto taken = box.Take();
    ASSERT_NE(taken, nullptr);
    health |= *taken == "health";
    replay |= *taken == "replay";
  }
  EXPECT_TRUE(health);
  EXPECT_TRUE(replay);
}

TEST(Outbox, TooManyAlertsEndTheConnectionRatherThanVanish) {
  Outbox box;
  for (std::size_t i = 0; i < Outbox::kMaxKept; ++i) (void)box.Put(StreamKind::kKept, Text("a"));
  EXPECT_FALSE(box.overflowed());
  (void)box.Put(StreamKind::kKept, Text("one more"));
  EXPECT_TRUE(box.overflowed());
}

TEST(Outbox, ChangesAreToldOfThePictureThatWasSent) {
  Outbox box(PictureMode::kChanges);
  EXPECT_TRUE(box.wants_picture());
  EXPECT_FALSE(box.Put(StreamKind::kChanges, Text("of nothing")));
  EXPECT_TRUE(box.Put(StreamKind::kPicture, Text("picture")));
  EXPECT_FALSE(box.wants_picture());
  (void)box.Put(StreamKind::kChanges, Text("first"));
  (void)box.Put(StreamKind::kChanges, Text("second"));
  (void)box.Put(StreamKind::kHealth, Text("health"));
  std::string all;
  while (const auto message = box.Take()) {
    if (*message != "health") all += *message + " ";
  }
  EXPECT_EQ(all, "picture first second ");
  Outbox whole;
  EXPECT_FALSE(whole.Put(StreamKind::kChanges, Text("x"))) << "nobody asked for changes";
  EXPECT_EQ(whole.Take(), nullptr);
  EXPECT_TRUE(whole.wants_picture());
}

TEST(Outbox, WhoIsFarBehindGetsAWholePictureInsteadOfChanges) {
  Outbox box(PictureMode::kChanges);
  (void)box.Put(StreamKind::kPicture, Text("picture"));
  ASSERT_EQ(*box.Take(), "picture");
  for (std::size_t i = 0; i < Outbox::kMaxChanges; ++i) {
    (void)box.Put(StreamKind::kChanges, Text("change"));
  }
  EXPECT_FALSE(box.wants_picture());
  (void)box.Put(StreamKind::kChanges, Text("one too many"));
  EXPECT_TRUE(box.wants_picture());
  EXPECT_EQ(box.replaced(), Outbox::kMaxChanges + 1);
  (void)box.Put(StreamKind::kChanges, Text("of what is not there"));
  (void)box.Put(StreamKind::kPicture, Text("again"));
  (void)box.Put(StreamKind::kChanges, Text("after it"));
  EXPECT_EQ(*box.Take(), "again");
  EXPECT_EQ(*box.Take(), "after it");
  EXPECT_EQ(box.Take(), nullptr);
}

class Listener : public StreamClient {
 public:
  void Offer(StreamKind /*kind*/, const StreamMessage& message) override { got += *message; }
  std::string got;
};

TEST(StreamHub, ReachesThoseWhoAreThere) {
  StreamHub hub;
  hub.Publish(StreamKind::kKept, "nobody");
  const auto one = std::make_shared<Listener>();
  auto two = std::make_shared<Listener>();
  hub.Add(one);
  hub.Add(two);
  EXPECT_EQ(hub.clients(), 2U);
  hub.Publish(StreamKind::kKept, "a");
  two.reset();
  EXPECT_EQ(hub.clients(), 1U);
  hub.Publish(StreamKind::kKept, "b");
  EXPECT_EQ(one->got, "ab");
}

class Changing : public StreamClient {
 public:
  void Offer(StreamKind kind, const StreamMessage& message) override {
    if (box.Put(kind, message)) got = "";
    while (const auto next = box.Take()) got += *next;
  }
  [[nodiscard]] bool wants_picture() const override { return box.wants_picture(); }
  Outbox box{PictureMode::kChanges};
  std::string got;
};

TEST(StreamHub, APictureIsMadeForThoseWhoWantItOnly) {
  StreamHub hub;
  int pictures = 0;
  int changes = 0;
  const auto publish = [&] {
    return hub.PublishPicture([&] { return "picture" + std::to_string(++pictures); },
                              [&] { return "changes" + std::to_string(++changes); });
  };
  EXPECT_FALSE(publish());
  EXPECT_EQ(pictures + changes, 0) << "nobody is there";
  const auto changing = std::make_shared<Changing>();
  hub.Add(changing);
  EXPECT_FALSE(publish());
  EXPECT_EQ(changing->got, "picture1") << "first it must have one";
  EXPECT_TRUE(publish());
  EXPECT_EQ(changing->got, "changes1");
  const auto whole = std::make_shared<Listener>();
  hub.Add(whole);
  EXPECT_TRUE(publish());
  EXPECT_EQ(changing->got, "changes2");
  EXPECT_EQ(whole->got, "picture2");
}

}  // namespace
}  // namespace picket
