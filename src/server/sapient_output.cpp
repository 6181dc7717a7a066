// SPDX-License-Identifier: Apache-2.0
#include "sapient_output.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>

#include "picket/codec/sapient_node.h"

namespace picket {
namespace {

using asio::ip::tcp;
using nlohmann::json;

constexpr auto kPatience = std::chrono::seconds(10);
/// While so much is unsent, no further picture is: what does not keep up gets fewer, never older.
constexpr std::size_t kBusyBytes = 64U << 10U;
/// Answers to what it sends count too: who never reads them is let go.
constexpr std::size_t kMaxUnsentBytes = 16U << 20U;

sapient::Reporter::About AboutOf(const PlacedSite& placed, const std::string& version) {
  const Site& site = placed.site;
  sapient::Reporter::About about;
  about.node_id = sapient::NodeIdOf("picket " + site.name);
  about.name = site.name;
  about.version = version;
  about.at = site.origin;
  about.radius_m = site.region_radius_m;
  about.since = WallClock();
  return about;
}

/// Of the track format, written by ourselves: what is not there is a broken invariant.
std::vector<sapient::FusedTrack> TracksOf(const json& picture) {
  std::vector<sapient::FusedTrack> tracks;
  for (const json& from : picture.at("tracks")) {
    sapient::FusedTrack& track = tracks.emplace_back();
    track.id = from.at("id").get<std::uint64_t>();
    track.existence = from.at("existence");
    track.at = {from.at("lat_deg"), from.at("lon_deg"), {from.at("alt_hae_m").get<double>()}};
    track.vel_enu_mps = from.at("vel_enu_mps").get<std::array<double, 3>>();
    track.sd_m = from.at("sd_m").get<std::array<double, 3>>();
    for (const auto& [name, p] : from.at("class").items()) {
      if (const auto known = ParseClass(name)) {
        track.class_probability[static_cast<std::size_t>(*known)] = p.get<double>();
      }
    }
    if (from.contains("identity")) {
      for (const auto& [kind, value] : from["identity"].items()) {
        track.identity.emplace_back(kind, value.get<std::string>());
      }
    }
    track.last_detection = *Time::Parse(from.at("last_detection").get<std::string>());
  }
  return tracks;
}

std::optional<AlertLevel> LevelOf(const std::string& name) {
  for (const AlertLevel level :
       {AlertLevel::kWatch, AlertLevel::kWarning, AlertLevel::kAlarm, AlertLevel::kCleared}) {
    if (AlertLevelName(level) == name) return level;
  }
  return std::nullopt;
}

}  // namespace

SapientOutput::SapientOutput(asio::io_context& io, const OutputFeed& feed, ListenAddress to,
                             TlsPtr tls, Backend& backend, const std::string& version,
                             const std::function<void(const std::string&)>& log)
    : io_(io),
      status_(std::string("sapient ") + (feed.tls.on ? "tls " : "tcp ") + feed.tcp,
              LinkDirection::kOut, log),
      to_(std::move(to)),
      backend_(backend),
      every_(Chrono(Duration::Seconds(feed.every_s))),
      tls_(std::move(tls)),
      resolver_(io),
      timer_(io),
      retry_(io),
      patience_(io),
      backoff_(Feeds::Options{}, feed.tcp),
      reporter_(AboutOf(backend.site(), version)) {
  sink_.send = [this](const std::string& bytes) { Send(bytes); };
  sink_.note = [this](const std::string& line) { status_.Note(line); };
  sink_.fault = [this](const std::string& line) {
    status_.Fault(line);
    status_.Note(line);
  };
}

void SapientOutput::Start() {
  Connect();
  Tick();
}

void SapientOutput::Connect() {
  connection_ = std::make_shared<Connection>(io_);
  patience_.expires_after(kPatience);
  patience_.async_wait([self = shared_from_this(), c = connection_](error_code ec) {
    if (ec || c != self->connection_) return;
    self->Close(c->open ? "no registration acknowledgement within 10 s"
                        : "no connection within 10 s");
  });
  resolver_.async_resolve(to_.host, std::to_string(to_.port),
                          [self = shared_from_this(), c = connection_](
                              error_code ec, const tcp::resolver::results_type& found) {
                            if (c != self->connection_) return;
                            if (ec) return self->Close(ec.message());
                            asio::async_connect(c->socket.tcp(), found,
                                                [self, c](error_code error, const tcp::endpoint&) {
                                                  if (c != self->connection_) return;
                                                  if (error) return self->Close(error.message());
                                                  self->Handshake(c);
                                                });
                          });
}

void SapientOutput::Handshake(const ConnectionPtr& c) {
  error_code ignored;
  c->socket.NoticeLoss();
  c->socket.tcp().set_option(tcp::no_delay(true), ignored);
  c->socket.Handshake(tls_, [self = shared_from_this(), c](error_code ec) {
    if (c != self->connection_) return;
    if (ec) return self->Close(c->socket.Why(ec));
    c->open = true;
    self->told_alerts_.clear();
    self->reporter_.Begin(WallClock(), self->sink_);
    self->Read(c);
  });
}

void SapientOutput::Read(const ConnectionPtr& c) {
  c->socket.async_read_some(asio::buffer(c->buffer),
                            [self = shared_from_this(), c](error_code ec, std::size_t n) {
                              if (c != self->connection_) return;
                              if (ec) return self->Close(c->socket.Why(ec));
                              self->reporter_.Feed({c->buffer.data(), n}, WallClock(), self->sink_);
                              if (self->reporter_.broken())
                                return self->Close("sent what is no SAPIENT stream");
                              if (self->reporter_.refused())
                                return self->Close("refused our registration");
                              if (self->reporter_.registered()) {
                                self->patience_.cancel();
                                self->backoff_.Reset();
                                self->status_.State("up");
                              }
                              self->Read(c);
                            });
}

void SapientOutput::Tick() {
  timer_.expires_after(every_);
  timer_.async_wait([self = shared_from_this()](error_code ec) {
    if (ec) return;
    self->Tick();
    if (!self->Open() || !self->reporter_.registered()) return;
    const bool degraded = json::parse(self->backend_.Health()).value("status", "ok") != "ok";
    self->reporter_.Tick(WallClock(), degraded, self->sink_);
    if (self->asked_ || self->connection_->unsent_bytes > kBusyBytes) return;
    self->asked_ = true;
    self->backend_.AskPicture([weak = self->weak_from_this()](const std::string& picture) {
      const auto alive = weak.lock();
      if (!alive) return;
      asio::post(alive->io_, [alive, picture] { alive->Show(picture); });
    });
  });
}

void SapientOutput::Show(const std::string& picture) {
  asked_ = false;
  if (!Open()) return;
  const json parsed = json::parse(picture);
  const Time now = WallClock();
  reporter_.Show(*Time::Parse(parsed.at("time").get<std::string>()), TracksOf(parsed), now, sink_);
  ShowAlerts(now);
}

void SapientOutput::ShowAlerts(Time now) {
  const json parsed = json::parse(backend_.Alerts());
  const json& alerts = parsed.value("alerts", json::array());
  // The latest change comes first: told in the order in which they happened.
  for (auto from = alerts.rbegin(); from != alerts.rend(); ++from) {
    const std::string text = from->dump();
    Alert alert;
    alert.id = from->at("id").get<std::uint64_t>();
    alert.level = LevelOf(from->at("level").get<std::string>()).value_or(AlertLevel::kWatch);
    const auto told = told_alerts_.find(alert.id);
    if (told != told_alerts_.end() ? told->second == text : alert.level == AlertLevel::kCleared) {
      continue;  // nothing new, or over before this connection
    }
    told_alerts_[alert.id] = text;
    alert.time = *Time::Parse(from->at("time").get<std::string>());
    alert.track = from->at("track").get<std::uint64_t>();
    alert.text = from->at("text").get<std::string>();
    alert.probability = from->at("probability");
    reporter_.Show(alert, now, sink_);
  }
  std::erase_if(told_alerts_, [&](const auto& told) {
    return std::none_of(alerts.begin(), alerts.end(),
                        [&](const json& each) { return each.at("id") == told.first; });
  });
}

void SapientOutput::Send(const std::string& bytes) {
  if (!Open()) return;
  const ConnectionPtr c = connection_;
  c->unsent_bytes += bytes.size();
  if (c->unsent_bytes > kMaxUnsentBytes) {
    // Not from within what sends.
    asio::post(io_, [self = shared_from_this(), c] {
      if (c == self->connection_) self->Close("does not read");
    });
    return;
  }
  c->unsent.push_back(bytes);
  if (c->unsent.size() == 1) Write(c);
}

void SapientOutput::Write(const ConnectionPtr& c) {
  asio::async_write(c->socket, asio::buffer(c->unsent.front()),
                    [self = shared_from_this(), c](error_code ec, std::size_t) {
                      if (ec) return;  // reading ends as well
                      if (self->reporter_.registered())
                        self->status_.Count(c->unsent.front().size());
                      self->status_.Message();
                      c->unsent_bytes -= c->unsent.front().size();
                      c->unsent.pop_front();
                      if (!c->unsent.empty()) self->Write(c);
                    });
}

void SapientOutput::Close(const std::string& why) {
  patience_.cancel();
  connection_->socket.Close();
  connection_.reset();
  const auto after = backoff_.Next();
  status_.Down(why, after);
  retry_.expires_after(after);
  retry_.async_wait([self = shared_from_this()](error_code ec) {
    if (ec) return;
    self->status_.Reconnect();
    self->Connect();
  });
}

}  // namespace picket
