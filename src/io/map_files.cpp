// SPDX-License-Identifier: Apache-2.0
#include "picket/io/map_files.h"

#include <cpl_vsi.h>
#include <fmt/format.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>

#include <atomic>
#include <cmath>
#include <map>

#include "gdal.h"

namespace picket {
namespace {

/// A name in GDAL's memory that no other file has.
std::string MemoryName(std::string_view ending) {
  static std::atomic<int> count = 0;
  return fmt::format("/vsimem/picket-{}{}", ++count, ending);
}

/// Takes a file out of GDAL's memory.
Result<std::string> TakeOut(const std::string& name) {
  vsi_l_offset size = 0;
  const GByte* bytes = VSIGetMemFileBuffer(name.c_str(), &size, FALSE);
  if (bytes == nullptr) return Fail("GDAL wrote nothing: " + gdal::Quiet::Last());
  std::string text(reinterpret_cast<const char*>(bytes), size);
  VSIUnlink(name.c_str());
  return text;
}

}  // namespace

Result<std::string> ZipOf(const std::string& name, std::string_view bytes) {
  gdal::Register();
  const gdal::Quiet quiet;
  const std::string archive = MemoryName(".zip");
  VSILFILE* file = VSIFOpenL(("/vsizip/" + archive + "/" + name).c_str(), "wb");
  if (file == nullptr) return Fail("GDAL makes no archive: " + gdal::Quiet::Last());
  const bool written = VSIFWriteL(bytes.data(), 1, bytes.size(), file) == bytes.size();
  const bool closed = VSIFCloseL(file) == 0;
  if (!written || !closed) return Fail("GDAL makes no archive: " + gdal::Quiet::Last());
  return TakeOut(archive);
}

class GeoPackageWriter::Impl {
 public:
  Impl() : name_(MemoryName(".gpkg")) {
    gdal::Register();
    const gdal::Quiet quiet;
    GDALDriverH driver = GDALGetDriverByName("GPKG");
    if (driver != nullptr) {
      dataset_.reset(GDALCreate(driver, name_.c_str(), 0, 0, 0, GDT_Unknown, nullptr));
    }
    OGRSpatialReferenceH wgs84 = OSRNewSpatialReference(nullptr);
    OSRImportFromEPSG(wgs84, 4979);
    OSRSetAxisMappingStrategy(wgs84, OAMS_TRADITIONAL_GIS_ORDER);
    points_ = Layer("points", wkbPoint25D, wgs84,
                    {{"time", OFTDateTime},
                     {"id", OFTString},
                     {"class", OFTString},
                     {"alt_msl_m", OFTReal},
                     {"vel_east_mps", OFTReal},
                     {"vel_north_mps", OFTReal},
                     {"vel_up_mps", OFTReal}});
    tracks_ = Layer("tracks", wkbLineString25D, wgs84,
                    {{"id", OFTString},
                     {"class", OFTString},
                     {"points", OFTInteger64},
                     {"first", OFTDateTime},
                     {"last", OFTDateTime}});
    OSRRelease(wgs84);
    // One transaction: a commit for each point takes most of the time.
    if (Good()) GDALDatasetStartTransaction(dataset_.get(), FALSE);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    for (auto& [id, line] : lines_) OGR_G_DestroyGeometry(line.geometry);
    dataset_.reset();
    VSIUnlink(name_.c_str());
  }

  void Add(const MapPoint& p) {
    if (!Good()) return;
    const gdal::Quiet quiet;
    const double height = p.alt_hae_m.value_or(0.0);
    OGRGeometryH at = OGR_G_CreateGeometry(wkbPoint25D);
    OGR_G_SetPoint(at, 0, p.lon_deg, p.lat_deg, height);
    Feature(points_, at, [&](OGRFeatureH feature) {
      SetTime(feature, 0, p.time);
      if (!p.id.empty()) OGR_F_SetFieldString(feature, 1, p.id.c_str());
      OGR_F_SetFieldString(feature, 2, std::string(p.target_class).c_str());
      if (p.alt_msl_m) OGR_F_SetFieldDouble(feature, 3, *p.alt_msl_m);
      for (int i = 0; i < 3; ++i) {
        const double v = p.vel_enu_mps[static_cast<std::size_t>(i)];
        if (std::isfinite(v)) OGR_F_SetFieldDouble(feature, 4 + i, v);
      }
    });
    if (p.id.empty()) return;
    Line& line = lines_[p.id];
    if (line.geometry == nullptr) {
      line.geometry = OGR_G_CreateGeometry(wkbLineString25D);
      line.first = p.time;
    }
    OGR_G_AddPoint(line.geometry, p.lon_deg, p.lat_deg, height);
    line.last = p.time;
    line.target_class = p.target_class;
  }

  Result<std::string> Finish() {
    const gdal::Quiet quiet;
    for (auto& [id, line] : lines_) {
      OGRGeometryH geometry = line.geometry;
      line.geometry = nullptr;
      Feature(tracks_, geometry, [&, &id = id, &line = line](OGRFeatureH feature) {
        OGR_F_SetFieldString(feature, 0, id.c_str());
        OGR_F_SetFieldString(feature, 1, line.target_class.c_str());
        OGR_F_SetFieldInteger64(feature, 2, OGR_G_GetPointCount(geometry));
        SetTime(feature, 3, line.first);
        SetTime(feature, 4, line.last);
      });
    }
    lines_.clear();
    if (Good() && GDALDatasetCommitTransaction(dataset_.get()) != OGRERR_NONE) Refused();
    dataset_.reset();
    if (!failure_.empty()) return Fail("GDAL makes no GeoPackage: " + failure_);
    return TakeOut(name_);
  }

 private:
  struct Line {
    OGRGeometryH geometry = nullptr;
    Time first, last;
    std::string target_class;
  };

  [[nodiscard]] bool Good() const { return failure_.empty(); }
  void Refused() {
    if (Good()) failure_ = gdal::Quiet::Last();
  }

  OGRLayerH Layer(const char* name, OGRwkbGeometryType type, OGRSpatialReferenceH srs,
                  std::initializer_list<std::pair<const char*, OGRFieldType>> fields) {
    OGRLayerH layer = nullptr;
    if (dataset_) layer = GDALDatasetCreateLayer(dataset_.get(), name, srs, type, nullptr);
    for (const auto& [field, kind] : fields) {
      OGRFieldDefnH definition = OGR_Fld_Create(field, kind);
      if (layer == nullptr || OGR_L_CreateField(layer, definition, TRUE) != OGRERR_NONE) Refused();
      OGR_Fld_Destroy(definition);
    }
    return layer;
  }

  /// @param geometry  taken over
  template <typename Fill>
  void Feature(OGRLayerH layer, OGRGeometryH geometry, const Fill& fill) {
    if (!Good()) return OGR_G_DestroyGeometry(geometry);
    OGRFeatureH feature = OGR_F_Create(OGR_L_GetLayerDefn(layer));
    fill(feature);
    OGR_F_SetGeometryDirectly(feature, geometry);
    if (OGR_L_CreateFeature(layer, feature) != OGRERR_NONE) Refused();
    OGR_F_Destroy(feature);
  }

  /// To milliseconds, which is what the format holds.
  static void SetTime(OGRFeatureH feature, int field, Time time) {
    OGR_F_SetFieldString(feature, field, time.Text().c_str());
  }

  std::string name_;
  gdal::Dataset dataset_;
  OGRLayerH points_ = nullptr;
  OGRLayerH tracks_ = nullptr;
  std::map<std::string, Line> lines_;
  std::string failure_;
};

GeoPackageWriter::GeoPackageWriter() : impl_(std::make_unique<Impl>()) {}
GeoPackageWriter::~GeoPackageWriter() = default;
void GeoPackageWriter::Add(const MapPoint& point) { impl_->Add(point); }
Result<std::string> GeoPackageWriter::Finish() { return impl_->Finish(); }

}  // namespace picket
