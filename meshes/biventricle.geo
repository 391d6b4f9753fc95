// Two ventricles as truncated ellipsoids, in mm, for Gmsh >= 4.8. Long axis z, apex down, right ventricle at +x.
//   gmsh -3 biventricle.geo -setnumber h 1.5 -format msh41 -o biventricle.msh
// Sizes are within the normal ranges of adults: left cavity 42-58 mm across with a wall of 6-11 mm, right wall 1-5 mm
// (Lang et al. 2015, doi:10.1016/j.echo.2014.10.003). Volumes are 1 left ventricle and septum, 2 right ventricle; surfaces
// 1 base, 2 epicardium, 3 left endocardium, 4 right endocardium.
SetFactory("OpenCASCADE");
DefineConstant[
  h = {1.5, Name "edge length (mm)"},
  base = {12, Name "height of the base above the equator (mm)"},
  lv_radius = {22, Name "left cavity: short semi-axis (mm)"},
  lv_length = {50, Name "left cavity: long semi-axis (mm)"},
  lv_wall = {10, Name "left wall thickness (mm)"},
  rv_shift = {20, Name "right cavity: centre from the left one (mm)"},
  rv_radius = {32, Name "right cavity: short semi-axis (mm)"},
  rv_length = {48, Name "right cavity: long semi-axis (mm)"},
  rv_wall = {4, Name "right wall thickness (mm)"}
];
Macro MakeEllipsoid
  Sphere(id) = {0, 0, 0, 1};
  Dilate {{0, 0, 0}, {radius_, radius_, length_}} { Volume{id}; }
  Translate {shift_, 0, 0} { Volume{id}; }
Return
id = 1; radius_ = lv_radius + lv_wall; length_ = lv_length + lv_wall; shift_ = 0; Call MakeEllipsoid;
id = 2; radius_ = lv_radius; length_ = lv_length; shift_ = 0; Call MakeEllipsoid;
id = 3; radius_ = rv_radius + rv_wall; length_ = rv_length + rv_wall; shift_ = rv_shift; Call MakeEllipsoid;
id = 4; radius_ = rv_radius; length_ = rv_length; shift_ = rv_shift; Call MakeEllipsoid;
Box(5) = {-500, -500, base, 1000, 1000, 500};
BooleanDifference(10) = { Volume{1}; }{ Volume{2}; Volume{5}; };
BooleanDifference(11) = { Volume{3}; Delete; }{ Volume{4}; Volume{1}; Volume{5}; };
Recursive Delete { Volume{1}; Volume{2}; Volume{4}; Volume{5}; }
v() = BooleanFragments{ Volume{10}; Delete; }{ Volume{11}; Delete; };

// Faces by where they lie: those of both volumes are inside; bounding boxes tell the others apart.
left() = Abs(Boundary{ Volume{10}; });
right() = Abs(Boundary{ Volume{11}; });
base_faces() = {}; epi_faces() = {}; lv_faces() = {}; rv_faces() = {};
For i In {0:#left()-1}
  shared = 0;
  For j In {0:#right()-1}
    If (left(i) == right(j))
      shared = 1;
    EndIf
  EndFor
  box() = BoundingBox Surface{left(i)};
  If (!shared)
    If (box(2) > base - 0.01)
      base_faces() += left(i);
    ElseIf (box(3) < lv_radius + 0.01)
      lv_faces() += left(i);
    ElseIf (box(0) > -(lv_radius + lv_wall))
      rv_faces() += left(i); // the septum as the right cavity sees it
    Else
      epi_faces() += left(i);
    EndIf
  EndIf
EndFor
For i In {0:#right()-1}
  shared = 0;
  For j In {0:#left()-1}
    If (right(i) == left(j))
      shared = 1;
    EndIf
  EndFor
  box() = BoundingBox Surface{right(i)};
  If (!shared)
    If (box(2) > base - 0.01)
      base_faces() += right(i);
    ElseIf (box(3) < rv_shift + rv_radius + 0.01)
      rv_faces() += right(i);
    Else
      epi_faces() += right(i);
    EndIf
  EndIf
EndFor
Physical Volume("left ventricle and septum", 1) = {10};
Physical Volume("right ventricle", 2) = {11};
Physical Surface("base", 1) = base_faces();
Physical Surface("epicardium", 2) = epi_faces();
Physical Surface("left endocardium", 3) = lv_faces();
Physical Surface("right endocardium", 4) = rv_faces();
Mesh.CharacteristicLengthMin = h;
Mesh.CharacteristicLengthMax = h;
Mesh.Algorithm = 6;
Mesh.Algorithm3D = 10;
Mesh.Optimize = 1;
