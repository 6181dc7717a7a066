// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <iterator>

#include "asterix_tables.h"

namespace picket::asterix {

// EUROCONTROL-SPEC-0149-2a (category 1), -2b (2 and 34) and -4 (48 with its reserved expansion
// field). Flight level is signed in 48/090, as edition 1.32 corrects: aircraft fly below zero.
const std::string_view kRadarTables[] = {
    R"(
category 48 editions 1.14-1.32 default 1.31
010 F sac:8 sic:8
020@-1.27 X typ:3{none,psr,ssr,ssr+psr,mode s all-call,mode s roll-call,mode s all-call+psr,
   mode s roll-call+psr} sim:1 rdp:1 spi:1 rab:1
   | tst:1 err:1 xpp:1 me:1 mi:1 foe_fri:2{no mode 4,friendly,unknown,no reply}
020@1.28-1.31 X typ:3{none,psr,ssr,ssr+psr,mode s all-call,mode s roll-call,mode s all-call+psr,
   mode s roll-call+psr} sim:1 rdp:1 spi:1 rab:1
   | tst:1 err:1 xpp:1 me:1 mi:1 foe_fri:2{no mode 4,friendly,unknown,no reply}
   | adsb_ep:1 adsb:1 scn_ep:1 scn:1 pai_ep:1 pai:1 -:1
020@1.32- X typ:3{none,psr,ssr,ssr+psr,mode s all-call,mode s roll-call,mode s all-call+psr,
   mode s roll-call+psr} sim:1 rdp:1 spi:1 rab:1
   | tst:1 err:1 xpp:1 me:1 mi:1 foe_fri:2{no mode 4,friendly,unknown,no reply}
   | adsb_ep:1 adsb:1 scn_ep:1 scn:1 pai_ep:1 pai:1 -:1
   | acasxv_ep:1 acasxv:4{not extended,acas xa v1,acas xu v1} poxpr_ep:1 poxpr:1
   | poact_ep:1 poact:1 dtfxpr_ep:1 dtfxpr:1 dtfact_ep:1 dtfact:1 -:1
   | irmxpr_ep:1 irmxpr:1 irmact_ep:1 irmact:1 -:3
030 RX code:7{not defined,multipath,sidelobe,split plot,second time around,angel,road vehicle,
   fixed psr plot,slow psr target,low quality psr plot,phantom ssr plot,mode 3/a mismatch,
   abnormal mode c,in clutter area,maximum doppler in zero filter,transponder anomaly,
   duplicate mode s address,mode s error corrected,undecodable mode c,birds,flock of birds,
   mode 1 present,mode 2 present,wind turbine,helicopter,surveillance re-interrogations exhausted,
   bds re-interrogations exhausted,bds overlay incoherent,bds swap,zenithal gap,mode s reacquired,
   duplicate mode 5 pin,wrong df format,transponder anomaly ms xpd,transponder anomaly si,
   potential ic conflict,ic conflict detectable,duplicate mode 5 pin}
040 F rho_nm:16*1/256 theta_deg:16*360/65536
042 F x_nm:16s*1/128 y_nm:16s*1/128
050 F v:1{validated,not validated} g:1{default,garbled} l:1{from reply,smoothed} -:1 mode_2:12o
055 F v:1{validated,not validated} g:1{default,garbled} l:1{from reply,smoothed} mode_1:5x
060 F -:4 qa4:1 qa2:1 qa1:1 qb4:1 qb2:1 qb1:1 qc4:1 qc2:1 qc1:1 qd4:1 qd2:1 qd1:1
065 F -:3 qa4:1 qa2:1 qa1:1 qb2:1 qb1:1
070 F v:1{validated,not validated} g:1{default,garbled} l:1{from reply,not in last scan} -:1
   mode_3a:12o
080 F -:4 qa4:1 qa2:1 qa1:1 qb4:1 qb2:1 qb1:1 qc4:1 qc2:1 qc1:1 qd4:1 qd2:1 qd1:1
090 F v:1{validated,not validated} g:1{default,garbled} level_fl:14s*1/4
100 F v:1{validated,not validated} g:1{default,garbled} -:2 mode_c_gray:12x
   -:4 qc1:1 qa1:1 qc2:1 qa2:1 qc4:1 qa4:1 qb1:1 qd1:1 qb2:1 qd2:1 qb4:1 qd4:1
110 F -:2 height_ft:14s*25
120 C
.cal F doubtful:1 -:5 doppler_mps:10s
.rds R doppler_mps:16 ambiguity_mps:16 frequency_mhz:16
130 C
.srl F srl_deg:8*360/8192
.srr F srr:8
.sam F sam_dbm:8s
.prl F prl_deg:8*360/8192
.pam F pam_dbm:8s
.rpd F rpd_nm:8s*1/256
.apd F apd_deg:8s*360/16384
140 F time_s:24*1/128
161 F -:4 track:12
170 X tentative:1 rad:2{combined,psr,ssr/mode s,invalid} dou:1 mah:1
   cdm:2{level,climbing,descending,unknown} | tre:1 gho:1 sup:1 tcc:1 -:3
200 F speed_nm_per_s:16*1/16384 heading_deg:16*360/65536
210 F sigma_x_nm:8*1/128 sigma_y_nm:8*1/128 sigma_v_nm_per_s:8*1/16384 sigma_h_deg:8*360/4096
220 F address:24x
230 F com:3{none,comm a and b,and uplink elm,and downlink elm,level 5}
   stat:3{airborne,on ground,alert airborne,alert on ground,alert and spi,spi,,unknown}
   si:1{si code,ii code} -:1 mssc:1 arc:1{100 ft,25 ft} aic:1 b1a:1 b1b:4x
240 F callsign:48c
250 R mb:56x bds1:4x bds2:4x
260 F acas_ra:56x
RE E
.md5 C
..sum F m5:1 id:1 da:1 m1:1 m2:1 m3:1 mc:1 -:1
..pmn F -:2 pin:14x -:2 nav:1 nat:5x -:2 mis:6x
..pos F lat_deg:24s*180/8388608 lon_deg:24s*180/8388608
..ga F -:1 res:1{100 ft,25 ft} gnss_ft:14s*25
..em1 F v:1 g:1 l:1 -:1 em1:12o
..tos F tos_s:8*1/128
..xp F -:2 xp:1 x5:1 xc:1 x3:1 x2:1 x1:1
.m5n C
..sum F m5:1 id:1 da:1 m1:1 m2:1 m3:1 mc:1 -:1
..pmn F -:2 pin:14x -:4 nov:1 no:11x
..pos F lat_deg:24s*180/8388608 lon_deg:24s*180/8388608
..ga F -:1 res:1{100 ft,25 ft} gnss_ft:14s*25
..em1 F v:1 g:1 l:1 -:1 em1:12o
..tos F tos_s:8*1/128
..xp F -:2 xp:1 x5:1 xc:1 x3:1 x2:1 x1:1
..fom F -:3 fom:5
.m4e X -:5 foe_fri:2{no mode 4,possibly friendly,probably friendly,friendly}
.rpc C
..sco F score:8
..src F signal_to_clutter_db:16*1/10
..rw F range_width_nm:16*1/256
..ar F ambiguous_range_nm:16*1/256
.err F extended_range_nm:24*1/256
.rtc C
..ptl F -:3 scn:1 rc:1 ac:1 ssr:1 psr:1 plot:16
..atl R adsb_track:16
..trn F turn_percent:8
..npp F pred_rho_nm:16*1/128 pred_theta_deg:16*360/65536 evol_rho_start_nm:16*1/128
   evol_rho_end_nm:16*1/128 evol_theta_start_deg:16*360/65536 evol_theta_end_deg:16*360/65536
   noise_rho_start_nm:16*1/128 noise_rho_end_nm:16*1/128 noise_theta_start_deg:16*360/65536
   noise_theta_end_deg:16*360/65536 pred_time_s:16*1/128
..dlk R type:4{mode a,comm-a,ground comm-b,air comm-b,broadcast comm-b,comm-c,comm-d}
   origin:2{previous scan,this scan,in beam} state:2{in progress,completed,cancelled}
..lck F locked:1 lockout_ms:15
..tc F -:7 tcount1:4 tcode1:5x tcount2:4 tcode2:12o tcount3:4 tcode3:12o
..tlc F acqi:2{tentative one plot,tentative,pre-confirmed,confirmed} updates:14 last_update_ms:16
..asi R sac:8 sic:8 scn_time_s:16*1/128 data_use:7{used,not used} drn_available:1 drn:16
..tes F extrapolation:8{radar tracker,integrated ads-b,external ads-b,scn}
..ir F requested:1 mode_3a_age_s:7
.cpc C
..pnb F plot_number:16
..rpl R type:8{psr echo,ssr reply,all-call reply,roll-call reply} reply_number:16
..snb F scan_number:8
..date F date_bcd:32x
.gen C
..altm2 F v:1 g:1 l:1 -:1 mode_2:12o
..altm3 F v:1 g:1 l:1 -:1 mode_3a:12o
..altfl F v:1 g:1 level_fl:14s*1/4
..rcsdb F -:2 rcs_dbsm:14s*1/100
..rcsm F -:2 rcs_m2:30*1/1000000
uap 010 140 020 040 070 090 130 220 240 250 161 042 200 170 210 030 080 100 110 120 230
   260 055 050 065 060 SP RE
)",
    R"(
category 34 editions 1.26-1.29 default 1.29
000 F type:8{,north marker,sector crossing,geographical filtering,jamming strobe,solar storm,
   ssr jamming strobe,mode s jamming strobe,ic conflict area}
010 F sac:8 sic:8
020 F sector_deg:8*360/256
030 F time_s:24*1/128
041 F rotation_s:16*1/128
050 C
.com F nogo:1 rdpc:1 rdpr:1 ovl_rdp:1 ovl_xmt:1 msc:1{connected,disconnected} tsv:1{valid,invalid}
   -:1
.-
.-
.psr F ant:1 ch_ab:2{none,a,b,diversity} ovl:1 msc:1{connected,disconnected} -:3
.ssr F ant:1 ch_ab:2{none,a,b,invalid} ovl:1 msc:1{connected,disconnected} -:3
.mds F ant:1 ch_ab:2{none,a,b,illegal} ovl_sur:1 msc:1{connected,disconnected} scf:1{a,b}
   dlf:1{a,b} ovl_scf:1 ovl_dlf:1 -:7
060 C
.com F -:1 red_rdp:3 red_xmt:3 -:1
.-
.-
.psr F pol:1{linear,circular} red_rad:3 stc:2 -:2
.ssr F red_rad:3 -:5
.mds F red_rad:3 clu:1{autonomous,not autonomous} -:4
070 R type:5{no detection,psr,ssr,ssr+psr,all-call,roll-call,all-call+psr,roll-call+psr,
   weather filter,jamming filter,psr filter,ssr/mode s filter,ssr/mode s+psr filter,
   enhanced surveillance filter,psr+enhanced filter,psr+enhanced+ssr filter,
   psr+enhanced+all ssr filter,re-interrogations,bds swap,mode a/c fruit,mode s fruit} count:11
090 F range_error_nm:8s*1/128 azimuth_error_deg:8s*360/16384
100 F rho_start_nm:16*1/256 rho_end_nm:16*1/256 theta_start_deg:16*360/65536
   theta_end_deg:16*360/65536
110 F filter:8{invalid,weather,jamming strobe,psr,ssr/mode s,ssr/mode s+psr,enhanced surveillance,
   psr+enhanced,psr+enhanced+ssr,psr+enhanced+all ssr}
120 F height_m:16s lat_deg:24s*180/8388608 lon_deg:24s*180/8388608
uap 010 000 030 020 041 050 060 070 100 110 120 090 RE SP
)",
    R"(
category 1 editions 1.1-1.4 default 1.4
010 F sac:8 sic:8
020 X typ:1{plot,track} sim:1 ssr_psr:2{none,psr,ssr,ssr+psr} ant:1 spi:1 rab:1
   | tst:1 ds1_ds2:2{default,unlawful interference,radio failure,emergency} me:1 mi:1 -:2
030 RX code:7{none,garbled,reflection,sidelobe,split plot,second time around,angel,vehicle,
   64:mode 3/a wrong,mode c wrong,phantom mssr plot,fixed psr plot,slow psr plot,low quality}
040 F rho_nm:16*1/128 theta_deg:16*360/65536
042 F x_nm:16s*1/64 y_nm:16s*1/64
050 F v:1{validated,not validated} g:1{default,garbled} l:1{from reply,smoothed} -:1 mode_2:12o
060 F -:4 qa4:1 qa2:1 qa1:1 qb4:1 qb2:1 qb1:1 qc4:1 qc2:1 qc1:1 qd4:1 qd2:1 qd1:1
070 F v:1{validated,not validated} g:1{default,garbled} l:1{from reply,smoothed} -:1 mode_3a:12o
080 F -:4 qa4:1 qa2:1 qa1:1 qb4:1 qb2:1 qb1:1 qc4:1 qc2:1 qc1:1 qd4:1 qd2:1 qd1:1
090 F v:1{validated,not validated} g:1{default,garbled} level_fl:14s*1/4
100 F v:1{validated,not validated} g:1{default,garbled} -:2 mode_c_gray:12x
   -:4 qc1:1 qa1:1 qc2:1 qa2:1 qc4:1 qa4:1 qb1:1 qd1:1 qb2:1 qd2:1 qb4:1 qd4:1
120 F doppler_nm_per_s:8s*1/256
130 RX characteristic:7
131 F power_dbm:8s
141 F truncated_time_s:16*1/128
150 F xa:1 -:1 xc:1 -:2 x2:1 -:2
161 F number:16
170 X in_initiation:1 rad:1{psr,ssr/combined} man:1 dou:1 rdpc:1 -:1 gho:1 | tre:1 -:6
200 F speed_nm_per_s:16*1/16384 heading_deg:16*360/65536
210 RX quality:7
uap 010 020 040 070 090 130 141 050 120 131 080 100 060 030 150 - - - - SP RE
uap? 020.typ=1 010 020 161 040 042 200 070 090 141 130 131 120 170 210 050 080 100 060 030
   SP RE 150
)",
    R"(
category 2 editions 1.0-1.2 default 1.1
000 F type:8{,north marker,sector crossing,south marker,8:blind zone filtering on,
   blind zone filtering off}
010 F sac:8 sic:8
020 F sector_deg:8*360/256
030 F time_s:24*1/128
041 F rotation_s:16*1/128
050 RX status:7
060 RX mode:7
070 R antenna:1 type:5{,psr,ssr,combined} count:10
080 RX code:7
090 F range_error_nm:8s*1/128 azimuth_error_deg:8s*360/16384
100 F rho_start_nm:16*1/128 rho_end_nm:16*1/128 theta_start_deg:16*360/65536
   theta_end_deg:16*360/65536
uap 010 000 020 030 041 050 060 070 100 090 080 - SP RE
)"};
const std::size_t kRadarTableCount = std::size(kRadarTables);

}  // namespace picket::asterix
