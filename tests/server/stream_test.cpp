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

}  // namespace
}  // namespace picket
