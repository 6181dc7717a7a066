// SPDX-License-Identifier: Apache-2.0
#include "picket/io/recorder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

namespace picket {
namespace {

namespace fs = std::filesystem;

class RecorderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              fmt::format("picket-recorder-{}-{}", getpid(),
                          ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    path_ = folder_ / "x.gpkg";
  }
  void TearDown() override { fs::remove_all(folder_); }

  Recording Create() const {
    auto recording = Recording::Create(path_);
    EXPECT_TRUE(recording) << recording.error().Text();
    return std::move(*recording);
  }
  std::vector<std::string> Payloads() const {
    std::vector<std::string> all;
    const auto recording = Recording::OpenRead(path_);
    EXPECT_TRUE(recording) << recording.error().Text();
    EXPECT_TRUE(recording->ForEach({}, [&](const EntryView& e) {
      all.emplace_back(e.payload);
      return true;
    }));
    EXPECT_TRUE(recording->Verify()->Sound());
    return all;
  }

  fs::path folder_;
  std::string path_;
};

TEST_F(RecorderTest, WhatIsAcknowledgedIsInTheFileAtItsSequence) {
  constexpr int kCallers = 6;
  constexpr int kBatches = 40;
  std::map<std::int64_t, std::string> acknowledged;
  std::mutex mutex;
  {
    Recorder recorder(Create());
    std::vector<std::thread> callers;
    for (int caller = 0; caller < kCallers; ++caller) {
      callers.emplace_back([&, caller] {
        for (int n = 0; n < kBatches; ++n) {
          const std::string first = fmt::format("first {} {}", caller, n);
          const std::string last = fmt::format("last {} {}", caller, n);
          const auto sequence = recorder.Append(
              {{EntryKind::kReport, Time::Ns(n), first}, {EntryKind::kReport, Time::Ns(n), last}});
          ASSERT_TRUE(sequence) << sequence.error().Text();
          // Another eye sees it as soon as it is acknowledged.
          EXPECT_GE(recorder.head().sequence, *sequence);
          const std::scoped_lock lock(mutex);
          acknowledged[*sequence - 1] = first;
          acknowledged[*sequence] = last;
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
    const auto head = recorder.Close();
    ASSERT_TRUE(head);
    EXPECT_EQ(head->sequence, 2 * kCallers * kBatches);
  }
  const auto payloads = Payloads();
  ASSERT_EQ(payloads.size(), acknowledged.size());
  for (const auto& [sequence, payload] : acknowledged) {
    EXPECT_EQ(payloads[static_cast<std::size_t>(sequence) - 1], payload);
  }
}

TEST_F(RecorderTest, ToldInOrderAndKeepsPayloadsAlive) {
  std::vector<std::int64_t> told;
  Recorder recorder(Create());
  for (int n = 1; n <= 100; ++n) {
    recorder.Submit(EntryKind::kPicture, Time::Ns(n), fmt::format("a picture {}", n),
                    [&](const Result<std::int64_t>& sequence) { told.push_back(*sequence); });
  }
  ASSERT_TRUE(recorder.Close());
  ASSERT_EQ(told.size(), 100U);
  for (std::size_t i = 0; i < told.size(); ++i)
    EXPECT_EQ(told[i], static_cast<std::int64_t>(i) + 1);
  EXPECT_EQ(Payloads()[41], "a picture 42");
  EXPECT_EQ(recorder.queued_bytes(), 0U);
}

TEST_F(RecorderTest, CallersWaitWhenTheQueueIsFull) {
  constexpr std::size_t kLimit = 10'000;
  std::atomic<std::size_t> most{0};
  Recorder recorder(Create(), kLimit);
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int n = 0; n < 50; ++n) {
        recorder.Submit(EntryKind::kReport, {}, std::string(3000, 'x'));
        const std::size_t queued = recorder.queued_bytes();
        std::size_t before = most;
        while (queued > before && !most.compare_exchange_weak(before, queued)) {
        }
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  // One that is larger than the whole queue is taken as well.
  ASSERT_TRUE(recorder.Append({{EntryKind::kReport, {}, std::string_view("larger")}}));
  const std::string large(2 * kLimit, 'y');
  ASSERT_TRUE(recorder.Append({{EntryKind::kReport, {}, large}}));
  ASSERT_TRUE(recorder.Close());
  EXPECT_GT(most, 0U);
  EXPECT_LE(most, kLimit);
  EXPECT_EQ(Payloads().size(), 202U) << "nothing is dropped";
}

TEST_F(RecorderTest, RefusedBatchDoesNotTakeOthersWithIt) {
  auto large = std::make_shared<const std::string>(kMaxPayloadBytes + 1, 'x');
  std::vector<bool> told;
  const auto note = [&](const Result<std::int64_t>& r) { told.push_back(r.has_value()); };
  Recorder recorder(Create(), 4 * kMaxPayloadBytes);
  recorder.Submit(EntryKind::kReport, {}, "before", note);
  recorder.Submit({{EntryKind::kRaw, {}, *large}}, large, note);
  recorder.Submit(EntryKind::kReport, {}, "behind", note);
  ASSERT_TRUE(recorder.Close());
  EXPECT_EQ(told, (std::vector<bool>{true, false, true}));
  EXPECT_EQ(Payloads(), (std::vector<std::string>{"before", "behind"}));
  EXPECT_FALSE(recorder.error());
}

TEST_F(RecorderTest, DiskFullIsToldAndPassesWhenThereIsRoom) {
  Recorder recorder(Create());
  ASSERT_TRUE(recorder.Append({{EntryKind::kReport, {}, "before"}}));
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  getrlimit(RLIMIT_FSIZE, &old_limit);
  rlimit limit = old_limit;
  limit.rlim_cur = fs::file_size(path_ + "-wal");
  setrlimit(RLIMIT_FSIZE, &limit);
  const std::string large(100'000, 'x');
  const auto refused = recorder.Append({{EntryKind::kReport, {}, large}});
  setrlimit(RLIMIT_FSIZE, &old_limit);
  ASSERT_FALSE(refused);
  ASSERT_TRUE(recorder.error());
  EXPECT_EQ(recorder.error()->source, path_);
  EXPECT_EQ(recorder.head().sequence, 1);
  ASSERT_TRUE(recorder.Append({{EntryKind::kReport, {}, "behind"}}));
  EXPECT_FALSE(recorder.error());
  ASSERT_TRUE(recorder.Close());
  EXPECT_EQ(Payloads(), (std::vector<std::string>{"before", "behind"}));
}

TEST_F(RecorderTest, RefusesWhatComesAfterClose) {
  Recorder recorder(Create());
  ASSERT_TRUE(recorder.Close());
  EXPECT_FALSE(recorder.Append({{EntryKind::kReport, {}, "late"}}));
  EXPECT_TRUE(Payloads().empty());
}

}  // namespace
}  // namespace picket
