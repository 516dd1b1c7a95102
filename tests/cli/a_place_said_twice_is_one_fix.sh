# One place that a unit says twice, by axes and by a field that holds it as a whole, is one fix: as exiftool writes it, as
# arrays and rationals of EXIF, beside codes and geometries. Axes of their own, lists, lines and other places are not.
. "$EXPECT"

# fixes WHAT NAME COUNT: of a file whose content is read from standard input.
fixes()
{
    cat >"$2"
    scan 0 case "$2"
    expect "$1" "$3" "$(summary case .loc_fixes)"
    rm -rf case "$2"
}

fixes "exiftool -json" a.json 2 <<'END'
[{"SourceFile":"a.jpg","GPSLatitudeRef":"North","GPSLongitudeRef":"East","GPSLatitude":"35 deg 41' 22.20\" N",
  "GPSLongitude":"139 deg 41' 30.30\" E","GPSPosition":"35 deg 41' 22.20\" N, 139 deg 41' 30.30\" E"},
 {"SourceFile":"b.jpg","GPSPosition":"35.6895 139.69175","GPSLatitude":35.6895,"GPSLongitude":139.69175}]
END
fixes "exiftool -json -G" a.json 1 <<'END'
[{"SourceFile":"a.jpg","EXIF:GPSLatitudeRef":"North","EXIF:GPSLatitude":"35 deg 41' 22.20\"","EXIF:GPSLongitudeRef":"East",
  "EXIF:GPSLongitude":"139 deg 41' 30.30\"","Composite:GPSLatitude":"35 deg 41' 22.20\" N",
  "Composite:GPSLongitude":"139 deg 41' 30.30\" E","Composite:GPSPosition":"35 deg 41' 22.20\" N, 139 deg 41' 30.30\" E"}]
END
fixes "exiftool -json -g" a.json 1 <<'END'
[{"SourceFile":"a.jpg","EXIF":{"GPSLatitudeRef":"North","GPSLatitude":"35 deg 41' 22.20\"","GPSLongitudeRef":"East",
  "GPSLongitude":"139 deg 41' 30.30\""},"Composite":{"GPSLatitude":"35 deg 41' 22.20\" N",
  "GPSLongitude":"139 deg 41' 30.30\" E","GPSPosition":"35 deg 41' 22.20\" N, 139 deg 41' 30.30\" E"}}]
END
fixes "exiftool -csv" a.csv 2 <<'END'
SourceFile,GPSLatitude,GPSLatitudeRef,GPSLongitude,GPSLongitudeRef,GPSPosition
a.jpg,"35 deg 41' 22.20"" N",North,"139 deg 41' 30.30"" E",East,"35 deg 41' 22.20"" N, 139 deg 41' 30.30"" E"
b.jpg,35.6895,N,139.69175,E,"35.6895 139.69175"
END
fixes "exiftool -csv -G" a.csv 1 <<'END'
SourceFile,EXIF:GPSLatitude,EXIF:GPSLongitude,Composite:GPSLatitude,Composite:GPSLongitude,Composite:GPSPosition
a.jpg,35.6895,139.69175,35.6895,139.69175,"35.6895 139.69175"
END
fixes "exiftool" a.txt 2 <<'END'
======== a.jpg
ExifTool Version Number         : 12.57
GPS Latitude Ref                : North
GPS Longitude Ref               : East
GPS Latitude                    : 35 deg 41' 22.20" N
GPS Longitude                   : 139 deg 41' 30.30" E
GPS Position                    : 35 deg 41' 22.20" N, 139 deg 41' 30.30" E
======== b.jpg
ExifTool Version Number         : 12.57
GPS Latitude                    : 36 deg 41' 22.20" N
GPS Longitude                   : 138 deg 41' 30.30" E
GPS Position                    : 36 deg 41' 22.20" N, 138 deg 41' 30.30" E
    2 image files read
END

# Where they are: 35 + 41/60 + 22.2/3600 north or south, 139 + 41/60 + 30.3/3600 east or west.
cat >parts.ndjson <<'END'
{"customer_id":"C-1","GPSLatitude":[35,41,22.2],"GPSLatitudeRef":"N","GPSLongitude":[139,41,30.3],"GPSLongitudeRef":"E"}
{"customer_id":"C-1","GPSLatitude":[ 35.0, 41.0, 22.2 ],"GPSLatitudeRef":"N","GPSLongitude":[ 139.0, 41.0, 30.3 ],"GPSLongitudeRef":"E"}
{"customer_id":"C-1","GPSLatitude":"35/1 41/1 222/10","GPSLatitudeRef":"N","GPSLongitude":"139/1 41/1 303/10","GPSLongitudeRef":"E"}
{"customer_id":"C-1","GPSLatitude":"35/1, 41/1, 222/10","GPSLatitudeRef":"N","GPSLongitude":"139/1, 41/1, 303/10","GPSLongitudeRef":"E"}
{"customer_id":"C-1","GPSLatitude":["35/1","41/1","222/10"],"GPSLatitudeRef":"N","GPSLongitude":["139/1","41/1","303/10"],"GPSLongitudeRef":"E"}
{"customer_id":"C-1","GPSLatitude":[[35,1],[41,1],[222,10]],"GPSLatitudeRef":"N","GPSLongitude":[[139,1],[41,1],[303,10]],"GPSLongitudeRef":"E"}
{"customer_id":"C-1","GPSLatitude":"35,41.37N","GPSLongitude":"139,41.505E"}
{"customer_id":"C-2","GPSLatitude":[35,41,22.2],"GPSLatitudeRef":"S","GPSLongitude":[139,41,30.3],"GPSLongitudeRef":"W"}
{"customer_id":"C-3","GPSLatitude":[35,41,22.2],"GPSLongitude":[139,41,30.3]}
{"customer_id":"C-3","GPSLatitude":[35,61,22.2],"GPSLatitudeRef":"N","GPSLongitude":[139,41,30.3],"GPSLongitudeRef":"E"}
{"customer_id":"C-3","GPSLatitude":"35/0 41/1 222/10","GPSLatitudeRef":"N","GPSLongitude":"139/1 41/1 303/10","GPSLongitudeRef":"E"}
{"customer_id":"C-3","lat":[35.1,35.2,35.3],"lon":[139.1,139.2,139.3]}
END
scan 0 case parts.ndjson
expect_impact case C-1 loc_fixes 7 loc_cells 1
expect_impact case C-2 loc_fixes 1 loc_cells 1
expect "nothing of C-3" "" "$(impact case C-3 loc_fixes)"
expect "fixes" 8 "$(summary case .loc_fixes)"
rm -rf case

fixes "two notations" a.ndjson 3 <<'END'
{"lat":35.6895,"lon":139.69175,"geohash":"xn774c06kdtve"}
{"latitude":35.6895,"longitude":139.69175,"geometry":{"type":"Point","coordinates":[139.69175,35.6895]}}
{"position":"35.6895,139.69175","plus_code":"8Q7XMMQR+RP2"}
END
fixes "columns of two notations" a.csv 3 <<'END'
id,lat,lon,position,geohash
1,35.6895,139.69175,"35.6895,139.69175",xn774c06kdtve
2,35.6895,139.69175,"POINT(139.69175 35.6895)",
3,35.6895,139.69175,,
END
fixes "sides in columns of their own" a.csv 3 <<'END'
device,latitude,N/S,longitude,E/W
d1,35.6895,S,139.69175,W
d2,35.6895,N,139.69175,E
d3,3540.8742,N,13946.0275,E
END

fixes "a start and an end are two" a.ndjson 2 <<'END'
{"start_lat":35.6895,"start_lon":139.69175,"end_lat":35.6895,"end_lon":139.69175}
END
fixes "another place is another fix" a.ndjson 2 <<'END'
{"lat":35.6895,"lon":139.69175,"destination":"35.6897,139.69175"}
END
fixes "vertices are points" a.ndjson 8 <<'END'
{"lat":35.6895,"lon":139.69175,"route":{"type":"LineString","coordinates":[[139.69175,35.6895],[139.7,35.69],[139.69175,35.6895]]}}
{"lat":38.5,"lon":-120.20,"polyline":"_p~iF~ps|U_ulLnnqC_mqNvxq`@"}
END
fixes "elements of a list are points" a.ndjson 3 <<'END'
{"lat":35.6895,"lon":139.69175,"track":["35.6895,139.69175","35.6895,139.69175"]}
END
fixes "a line says what it says" a.log 2 <<'END'
2023-04-17T08:15:30Z from 35.68950,139.69175 to 35.68950,139.69175
END
