// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "picket/codec/json.h"
#include "picket/server/output.h"
#include "server/fixture.h"

namespace picket::test {

/// Shows what it is told to show.
class FakeBackend : public Backend {
 public:
  [[nodiscard]] ServiceMode mode() const override { return ServiceMode::kRun; }
  [[nodiscard]] const PlacedSite& site() const override { return *site_; }
  [[nodiscard]] StreamHub& hub() override { return hub_; }
  [[nodiscard]] std::string Health() override { return "{}"; }
  [[nodiscard]] std::string Alerts() override { return "{}"; }
  void AskPicture(std::function<void(std::string)> done) override {
    const std::scoped_lock lock(mutex_);
    done(picture_);
  }
  void AskUnseen(std::function<void(std::string)> done) override { done("{}"); }
  void Show(const std::vector<std::uint64_t>& ids, double after_s = 0.0) {
    ShowAt(ids, *Time::Parse("2026-03-01T12:00:00Z") + Duration::Seconds(after_s));
  }
  void ShowAt(const std::vector<std::uint64_t>& ids, Time at) {
    Picture picture;
    picture.time = at;
    for (const std::uint64_t id : ids) {
      Track track;
      track.id = id;
      track.confirmed = true;
      track.existence = 1.0;
      track.mean << 100.0, 200.0, 50.0, 10.0, 0.0, 0.0;
      track.covariance = StateCovariance::Identity() * 4.0;
      track.class_probability[0] = 0.9;
      picture.tracks.push_back(track);
    }
    const std::scoped_lock lock(mutex_);
    picture_ = WritePicture(picture, site_->frame, site_->field->sensors(), false);
  }

 private:
  std::shared_ptr<const PlacedSite> site_ = SmallSite();
  StreamHub hub_;
  std::mutex mutex_;
  std::string picture_;
};

}  // namespace picket::test
