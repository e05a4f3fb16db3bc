//! The overall metrics of a run, by name.

/// An overall metric of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)] // the entries of the report say it
pub enum Metric {
    Accuracy,
    BalancedAccuracy,
    Top2Accuracy,
    MacroPrecision,
    MacroRecall,
    MacroF1,
    WeightedPrecision,
    WeightedRecall,
    WeightedF1,
    CohenKappa,
    MatthewsCorrelation,
    MacroAveragePrecision,
    MacroRocAuc,
    LogLoss,
    BrierScore,
    ExpectedCalibrationError,
}

impl Metric {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 16] = [
        Self::Accuracy,
        Self::BalancedAccuracy,
        Self::Top2Accuracy,
        Self::MacroPrecision,
        Self::MacroRecall,
        Self::MacroF1,
        Self::WeightedPrecision,
        Self::WeightedRecall,
        Self::WeightedF1,
        Self::CohenKappa,
        Self::MatthewsCorrelation,
        Self::MacroAveragePrecision,
        Self::MacroRocAuc,
        Self::LogLoss,
        Self::BrierScore,
        Self::ExpectedCalibrationError,
    ];

    /// The name in the report.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::BalancedAccuracy => "balanced_accuracy",
            Self::Top2Accuracy => "top_2_accuracy",
            Self::MacroPrecision => "macro_precision",
            Self::MacroRecall => "macro_recall",
            Self::MacroF1 => "macro_f1",
            Self::WeightedPrecision => "weighted_precision",
            Self::WeightedRecall => "weighted_recall",
            Self::WeightedF1 => "weighted_f1",
            Self::CohenKappa => "cohen_kappa",
            Self::MatthewsCorrelation => "matthews_correlation",
            Self::MacroAveragePrecision => "macro_average_precision",
            Self::MacroRocAuc => "macro_roc_auc",
            Self::LogLoss => "log_loss",
            Self::BrierScore => "brier_score",
            Self::ExpectedCalibrationError => "expected_calibration_error",
        }
    }

    /// The English name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::BalancedAccuracy => "balanced accuracy",
            Self::Top2Accuracy => "top-2 accuracy",
            Self::MacroPrecision => "macro precision",
            Self::MacroRecall => "macro recall",
            Self::MacroF1 => "macro F1",
            Self::WeightedPrecision => "weighted precision",
            Self::WeightedRecall => "weighted recall",
            Self::WeightedF1 => "weighted F1",
            Self::CohenKappa => "Cohen's kappa",
            Self::MatthewsCorrelation => "Matthews correlation",
            Self::MacroAveragePrecision => "macro average precision",
            Self::MacroRocAuc => "macro ROC AUC",
            Self::LogLoss => "log loss",
            Self::BrierScore => "Brier score",
            Self::ExpectedCalibrationError => "expected calibration error",
        }
    }

    /// Whether lower is better.
    pub const fn is_loss(self) -> bool {
        matches!(self, Self::LogLoss | Self::BrierScore | Self::ExpectedCalibrationError)
    }
}
