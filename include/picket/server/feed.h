// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "picket/codec/decoder.h"
#include "picket/codec/sapient.h"
#include "picket/codec/site.h"
#include "picket/server/health.h"
#include "picket/server/service.h"

namespace picket {

/// Makes the decoder of a feed. Error: the feed's format is not one that is decoded live.
using FeedDecoder = std::function<Result<std::unique_ptr<StreamDecoder>>(const InputFeed&)>;

/// The decoders of codec/, told what the site says of its radars and receivers.
[[nodiscard]] FeedDecoder FeedDecoderFor(std::shared_ptr<const PlacedSite> site);

/// The sensor that the reports of a feed are of, where their format does not name one or names one
/// that the site need not know: the feed's own, else the site's receiver, else a name for which
/// IsReceiverName holds, which is then to be added with AddReceiver. Empty: reports name their own.
[[nodiscard]] std::string ReceiverOf(const InputFeed& feed, const Site& site);

/// What the site says to SAPIENT sensors: picket's own node_id and the nodes that are sensors of
/// it.
struct SapientSite {
  std::string node_id;
  std::vector<sapient::NodeSensor> sensors;
  std::string receiver = "sapient";
};
[[nodiscard]] SapientSite SapientSiteOf(const Site& site);

/// What is wrong with the files that the site's links name (certificates, keys, passwords):
/// "input[0].tls.ca".
[[nodiscard]] Errors CheckLinks(const Site& site, const std::string& site_path);

/// The live feeds of a site file: connections to receivers (TCP), datagrams (UDP, unicast and
/// multicast), files that are followed as they grow, a fusion node that SAPIENT sensors connect to,
/// and MQTT brokers. One thread for all, and one more for each broker.
///
/// A connection that fails or falls silent is made anew, after 0.5 s and then twice as long each
/// time up to 30 s, each time by a random part less: many pickets do not come back all at once.
/// While the service is busy, nothing is read: the sender waits (TCP, files) or the kernel drops
/// datagrams and health counts on it that they are missing from the sensor's looks.
class Feeds {
 public:
  struct Options {
    Duration first_retry = Duration::Seconds(0.5);
    Duration longest_retry = Duration::Seconds(30.0);
    Duration silent_after = Duration::Seconds(60.0);  ///< then a connection is made anew
    Duration follow_period = Duration::Seconds(0.2);  ///< how often a file is looked at
    std::function<void(const std::string&)> log;      ///< one line per change of a feed's state
    SapientSite sapient;                              ///< of feeds that SAPIENT sensors connect to
    std::string site_path;  ///< the site file, which names of the feeds' files count from
  };

  Feeds();
  ~Feeds();
  Feeds(const Feeds&) = delete;
  Feeds& operator=(const Feeds&) = delete;

  /// Errors: a feed whose address or format is not sound. Nothing was started then.
  [[nodiscard]] tl::expected<void, Error> Start(const std::vector<InputFeed>& feeds,
                                                const FeedDecoder& decoder, Service& service,
                                                Options options);
  /// Any thread may call.
  [[nodiscard]] std::vector<FeedHealth> Health() const;
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket
