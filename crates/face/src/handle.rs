//! Parts of the face that can be dragged in its picture.

use mien_core::vision::Point;

use crate::action_unit::ActionUnit;
use crate::model::LANDMARKS;
use crate::scene::Camera;
use crate::settings::{PITCH, Settings, VIEW_HEIGHT, YAW};

/// How near to a landmark a part is taken hold of, relative to the side of the picture with the field of view at the start.
const REACH: f32 = 0.055;

/// How far a part is pulled to change an action unit from 0 to 1, relative to the side of the picture with the field of view at
/// the start.
const PULL: f32 = 0.08;

/// Degrees by which the head turns when it is pulled across the whole picture.
const TURN: f32 = 150.0;

/// How large the face is in the picture, relative to the field of view at the start.
fn size(settings: &Settings) -> f32 {
    Camera::default().height / settings.get(VIEW_HEIGHT)
}

/// What is pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Handle {
    InnerBrow,
    OuterBrow,
    MouthCorner,
    /// The lower lip or the chin.
    Jaw,
    /// Anything else: the head turns.
    Head,
}

impl Handle {
    /// The parts with their landmarks; the action units that pull them up and down.
    const PARTS: [(Self, &[usize], ActionUnit, ActionUnit); 4] = [
        (Self::MouthCorner, &[48, 54, 60, 64], ActionUnit::Au12, ActionUnit::Au15),
        (Self::InnerBrow, &[20, 21, 22, 23], ActionUnit::Au1, ActionUnit::Au4),
        (Self::OuterBrow, &[17, 18, 19, 24, 25, 26], ActionUnit::Au2, ActionUnit::Au4),
        (Self::Jaw, &[7, 8, 9, 56, 57, 58, 66], ActionUnit::Au17, ActionUnit::Au26),
    ];

    /// What is at a place of a picture by these settings with these landmarks. All coordinates are relative to the side of the
    /// picture.
    pub fn at(settings: &Settings, landmarks: &[Point; LANDMARKS], place: Point) -> Self {
        let mut nearest = (REACH * size(settings), Self::Head);
        for (handle, points, ..) in Self::PARTS {
            for &landmark in points {
                let distance = landmarks[landmark].distance(place);
                if distance < nearest.0 {
                    nearest = (distance, handle);
                }
            }
        }
        nearest.1
    }

    /// The settings after a pull to the right and down, relative to the side of the picture.
    #[must_use]
    pub fn pull(self, settings: &Settings, right: f32, down: f32) -> Settings {
        let mut pulled = *settings;
        match Self::PARTS.into_iter().find(|part| part.0 == self) {
            None => {
                pulled.set(YAW, settings.get(YAW) + right * TURN);
                pulled.set(PITCH, settings.get(PITCH) + down * TURN);
            }
            Some((_, _, raising, lowering)) => {
                let (raising, lowering) = (raising as usize, lowering as usize);
                // the two work against each other
                let level = settings.get(raising) - settings.get(lowering) - down / (PULL * size(settings));
                pulled.set(raising, level);
                pulled.set(lowering, -level);
            }
        }
        pulled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FaceModel;
    use crate::person::Person;
    use crate::render::Renderer;

    #[test]
    fn the_nearest_part_within_reach_is_taken() {
        let mut landmarks = [Point::new(9.0, 9.0); LANDMARKS];
        landmarks[48] = Point::new(0.4, 0.7);
        landmarks[57] = Point::new(0.44, 0.7);
        let at = |x, y| Handle::at(&Settings::default(), &landmarks, Point::new(x, y));
        assert_eq!(at(0.41, 0.7), Handle::MouthCorner);
        assert_eq!(at(0.43, 0.7), Handle::Jaw);
        assert_eq!(at(0.5, 0.5), Handle::Head);
    }

    #[test]
    fn the_same_places_of_the_face_are_taken_with_every_field_of_view() {
        let model = FaceModel::from_bytes(include_bytes!("../../../www/face/face.bin")).unwrap();
        let mut settings = Settings::default();
        let person = Person::random(&model, settings.person().0, settings.person().1);
        let mut renderer = Renderer::new(&model);
        for height in [16.0, 27.0, 60.0, 120.0] {
            settings.set(VIEW_HEIGHT, height);
            let side = 64;
            let picture = renderer.render(&model, &person, &settings.motion(), &settings.scene(), side).unwrap();
            let landmarks = picture.landmarks.map(|point| Point::new(point.x / side as f32, point.y / side as f32));
            // above and below the brows and the chin, by the distance between them
            let [brows, tip, chin, corner] = [27, 30, 8, 48].map(|landmark| landmarks[landmark]);
            let face = chin.y - brows.y;
            let at = |place: Point| Handle::at(&settings, &landmarks, place);
            let forehead = Point::new(brows.x, brows.y - 0.6 * face);
            let neck = Point::new(chin.x, chin.y + 0.5 * face);
            assert_eq!([forehead, tip, neck].map(at), [Handle::Head; 3], "{height}");
            assert_eq!([corner, chin, landmarks[21]].map(at), [Handle::MouthCorner, Handle::Jaw, Handle::InnerBrow]);
            assert_eq!(at(Point::new(corner.x - 0.1 * face, corner.y)), Handle::MouthCorner, "{height}");
            // pulled by the same part of the face
            let pulled = Handle::Jaw.pull(&settings, 0.0, 0.5 * PULL * 27.0 / height);
            assert!((pulled.get(ActionUnit::Au26 as usize) - 0.5).abs() < 1e-5, "{height}");
        }
    }

    #[test]
    fn a_corner_goes_up_and_down_and_the_head_turns() {
        let rest = Settings::default();
        let up = Handle::MouthCorner.pull(&rest, 0.3, -PULL / 2.0);
        let unit = |settings: &Settings, unit: ActionUnit| settings.get(unit as usize);
        assert_eq!((unit(&up, ActionUnit::Au12), unit(&up, ActionUnit::Au15), up.get(YAW)), (0.5, 0.0, 0.0));
        let down = Handle::MouthCorner.pull(&up, 0.0, PULL);
        assert_eq!((unit(&down, ActionUnit::Au12), unit(&down, ActionUnit::Au15)), (0.0, 0.5));
        assert_eq!(unit(&Handle::Jaw.pull(&rest, 0.0, 1.0), ActionUnit::Au26), 1.0);
        let turned = Handle::Head.pull(&rest, 0.1, -0.1);
        assert_eq!((turned.get(YAW), turned.get(PITCH)), (15.0, -15.0));
        assert_eq!(turned.expression(), rest.expression());
    }
}
