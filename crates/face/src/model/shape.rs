//! The shapes of expression.

macro_rules! shapes {
    ($($shape:ident $name:literal)*) => {
        /// A shape of expression, named as by ARKit and ICT-FaceKit; left and right are the person's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)] // the names say it
        pub enum Shape { $($shape),* }

        impl Shape {
            /// All of them, in the order of model files.
            pub const ALL: [Self; Self::COUNT] = [$(Self::$shape),*];

            /// How many there are.
            pub const COUNT: usize = [$($name),*].len();

            /// The name in ICT-FaceKit.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$shape => $name),* }
            }
        }
    };
}

shapes! {
    BrowDownLeft "browDown_L"
    BrowDownRight "browDown_R"
    BrowInnerUpLeft "browInnerUp_L"
    BrowInnerUpRight "browInnerUp_R"
    BrowOuterUpLeft "browOuterUp_L"
    BrowOuterUpRight "browOuterUp_R"
    CheekPuffLeft "cheekPuff_L"
    CheekPuffRight "cheekPuff_R"
    CheekRaiserLeft "cheekRaiser_L"
    CheekRaiserRight "cheekRaiser_R"
    CheekSquintLeft "cheekSquint_L"
    CheekSquintRight "cheekSquint_R"
    EyeBlinkLeft "eyeBlink_L"
    EyeBlinkRight "eyeBlink_R"
    EyeLookDownLeft "eyeLookDown_L"
    EyeLookDownRight "eyeLookDown_R"
    EyeLookInLeft "eyeLookIn_L"
    EyeLookInRight "eyeLookIn_R"
    EyeLookOutLeft "eyeLookOut_L"
    EyeLookOutRight "eyeLookOut_R"
    EyeLookUpLeft "eyeLookUp_L"
    EyeLookUpRight "eyeLookUp_R"
    EyeSquintLeft "eyeSquint_L"
    EyeSquintRight "eyeSquint_R"
    EyeWideLeft "eyeWide_L"
    EyeWideRight "eyeWide_R"
    JawForward "jawForward"
    JawLeft "jawLeft"
    JawOpen "jawOpen"
    JawRight "jawRight"
    MouthClose "mouthClose"
    MouthDimpleLeft "mouthDimple_L"
    MouthDimpleRight "mouthDimple_R"
    MouthFrownLeft "mouthFrown_L"
    MouthFrownRight "mouthFrown_R"
    MouthFunnel "mouthFunnel"
    MouthLeft "mouthLeft"
    MouthLowerDownLeft "mouthLowerDown_L"
    MouthLowerDownRight "mouthLowerDown_R"
    MouthPressLeft "mouthPress_L"
    MouthPressRight "mouthPress_R"
    MouthPucker "mouthPucker"
    MouthRight "mouthRight"
    MouthRollLower "mouthRollLower"
    MouthRollUpper "mouthRollUpper"
    MouthShrugLower "mouthShrugLower"
    MouthShrugUpper "mouthShrugUpper"
    MouthSmileLeft "mouthSmile_L"
    MouthSmileRight "mouthSmile_R"
    MouthStretchLeft "mouthStretch_L"
    MouthStretchRight "mouthStretch_R"
    MouthUpperUpLeft "mouthUpperUp_L"
    MouthUpperUpRight "mouthUpperUp_R"
    NoseSneerLeft "noseSneer_L"
    NoseSneerRight "noseSneer_R"
}
