using System.Globalization;

namespace EdgeAgent.Inference.Sampling;

/// <summary>A student's output is not numbers: its weights are damaged, or its activations overflow. No token can be chosen.</summary>
/// <param name="id">Token of the offending logit.</param>
/// <param name="logit">NaN or an infinity.</param>
internal sealed class LogitsException(int id, float logit) : Exception(string.Create(CultureInfo.InvariantCulture,
    $"expected finite logits; found {logit} for token {id}: the student's weights are damaged, or their values too large"));
