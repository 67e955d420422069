"""The networks of the method in PyTorch, with the entry names of the checkpoints."""

import torch
import torch.nn.functional as F
from torch import nn


class ResidualBlock(nn.Module):
    def __init__(self, block, inputs, width, stride, last_gain):
        super().__init__()
        outputs = width if block == "basic" else 4 * width
        shapes = (
            [(inputs, width, 3, stride), (width, width, 3, 1)]
            if block == "basic"
            else [(inputs, width, 1, 1), (width, width, 3, stride), (width, outputs, 1, 1)]
        )
        for i, (before, after, kernel, step) in enumerate(shapes, 1):
            setattr(self, f"conv{i}", nn.Conv2d(before, after, kernel, step, kernel // 2, bias=False))
            setattr(self, f"bn{i}", nn.BatchNorm2d(after))
        self.layers = len(shapes)
        nn.init.constant_(getattr(self, f"bn{self.layers}").weight, last_gain)
        self.downsample = None
        if stride > 1 or inputs != outputs:
            shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(outputs))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        for i in range(1, self.layers + 1):
            x = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x))
            if i < self.layers:
                x = F.relu(x, inplace=True)
        return F.relu(x.add_(shortcut), inplace=True)


class ResNet(nn.Module):
    """torchvision's v1.5 layout: the stride sits in the 3×3 of a bottleneck."""

    def __init__(self, config):
        super().__init__()
        block, width = config.get("block", "basic"), config.get("width", 64)
        stem = {"kernel": 7, "stride": 2, "maxPool": True, **config.get("stem", {})}
        kernel = stem["kernel"]
        self.conv1 = nn.Conv2d(3, width, kernel, stem["stride"], kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.pool = nn.MaxPool2d(3, 2, 1) if stem["maxPool"] else nn.Identity()
        inputs = width
        for stage, count in enumerate(config.get("blocks", [2, 2, 2, 2])):
            own = width * 2**stage
            blocks = []
            for i in range(count):
                stride = 2 if stage > 0 and i == 0 else 1
                blocks.append(ResidualBlock(block, inputs, own, stride, config.get("lastGain", 0)))
                inputs = own if block == "basic" else 4 * own
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.stages = len(config.get("blocks", [2, 2, 2, 2]))
        self.feature_size = inputs
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images):
        x = self.pool(F.relu(self.bn1(self.conv1(images)), inplace=True))
        for stage in range(1, self.stages + 1):
            x = getattr(self, f"layer{stage}")(x)
        return x.mean((2, 3))


def drop_path(branch, rate):
    """Stochastic depth: a sample's branch is left out with probability `rate`."""
    if rate == 0:
        return branch
    kept = torch.empty(branch.shape[0], 1, 1).bernoulli_(1 - rate).div_(1 - rate)
    return branch * kept


class Attention(nn.Module):
    def __init__(self, size, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(size, 3 * size)
        self.proj = nn.Linear(size, size)

    def forward(self, x):
        batch, count, size = x.shape
        qkv = self.qkv(x).view(batch, count, 3, self.heads, size // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v)
        return self.proj(mixed.transpose(1, 2).reshape(batch, count, size))


class VitBlock(nn.Module):
    def __init__(self, size, heads, hidden, epsilon, rate):
        super().__init__()
        self.rate = rate
        self.norm1 = nn.LayerNorm(size, eps=epsilon)
        self.attn = Attention(size, heads)
        self.norm2 = nn.LayerNorm(size, eps=epsilon)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(size, hidden), "fc2": nn.Linear(hidden, size)})

    def forward(self, x):
        x = x + drop_path(self.attn(self.norm1(x)), self.rate)
        hidden = F.gelu(self.mlp["fc1"](self.norm2(x)))
        return x + drop_path(self.mlp["fc2"](hidden), self.rate)


class Vit(nn.Module):
    """DINO's layout: pre-norm blocks, exact GELU, the CLS token after the final norm."""

    def __init__(self, config, drop):
        super().__init__()
        size, depth = config.get("embedDim", 384), config.get("depth", 12)
        patch, image = config.get("patchSize", 16), config.get("imageSize", 224)
        epsilon = config.get("layerNormEpsilon", 1e-6)
        rate = config.get("dropPath", 0) if drop else 0
        self.side = image // patch
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(3, size, patch, patch)})
        self.cls_token = nn.Parameter(torch.empty(1, 1, size))
        self.pos_embed = nn.Parameter(torch.empty(1, self.side**2 + 1, size))
        self.blocks = nn.ModuleList(
            VitBlock(
                size,
                config.get("heads", 6),
                int(size * config.get("mlpRatio", 4)),
                epsilon,
                rate * i / (depth - 1),
            )
            for i in range(depth)
        )
        self.norm = nn.LayerNorm(size, eps=epsilon)
        self.feature_size = size
        for name, parameter in self.named_parameters():
            if name.endswith(".bias"):
                nn.init.zeros_(parameter)
            elif parameter.dim() > 1:
                nn.init.trunc_normal_(parameter, std=0.02)

    def positions(self, rows, columns):
        if rows == columns == self.side:
            return self.pos_embed
        cls, patches = self.pos_embed.split([1, self.side**2], 1)
        grid = patches.view(1, self.side, self.side, -1).permute(0, 3, 1, 2)
        scale = ((rows + 0.1) / self.side, (columns + 0.1) / self.side)
        resized = F.interpolate(grid, scale_factor=scale, mode="bicubic")
        return torch.cat([cls, resized.flatten(2).transpose(1, 2)], 1)

    def forward(self, images):
        patches = self.patch_embed["proj"](images)
        positions = self.positions(*patches.shape[2:])
        tokens = patches.flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(tokens.shape[0], -1, -1), tokens], 1) + positions
        for block in self.blocks:
            x = block(x)
        return self.norm(x[:, 0])


class Mlp(nn.Module):
    def __init__(self, inputs, head, hidden_layers):
        super().__init__()
        layers = []
        for _ in range(hidden_layers):
            layers.append(nn.Linear(inputs, head["hiddenSize"]))
            inputs = head["hiddenSize"]
            if head["norm"]:
                layers.append(nn.BatchNorm1d(inputs))
            layers.append(nn.ReLU(inplace=True) if head["activation"] == "relu" else nn.GELU())
        self.mlp = nn.Sequential(*layers, nn.Linear(inputs, head["bottleneck"]))
        for module in self.mlp:
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)

    def forward(self, x):
        return self.mlp(x)


class Head(nn.Module):
    """Projector, predictor and centroids. Only direct global similarities give the centroids gradient."""

    def __init__(self, head, inputs, clusters):
        super().__init__()
        assert head["predictor"] and head["predictorActivation"] == "bn"
        assert not head["predictorGradients"] and not head["localCropGradients"]
        self.projector = Mlp(inputs, head, head["hiddenLayers"])
        self.predictor = Mlp(head["bottleneck"], head, 1)
        self.predictor_activation = nn.BatchNorm1d(head["bottleneck"])
        centroids = F.normalize(torch.randn(clusters, head["bottleneck"]))
        self.centroid_layer = nn.ParameterDict({"weight_v": nn.Parameter(centroids)})

    def similarities(self, features):
        """Of the teacher: `[rows, K]`."""
        return F.linear(F.normalize(self.projector(features)), self.centroids())

    def student_similarities(self, global_features, local_features):
        """Direct ones of the global views and the predictor's of all views: those that the loss compares."""
        projected = self.projector(torch.cat([global_features, local_features]))
        predicted = F.normalize(self.predictor(self.predictor_activation(projected)))
        direct = F.normalize(projected[: global_features.shape[0]])
        centroids = self.centroids()
        return F.linear(direct, centroids), F.linear(predicted, centroids.detach())

    def centroids(self):
        return F.normalize(self.centroid_layer["weight_v"])


class Network(nn.Module):
    def __init__(self, work, student):
        super().__init__()
        backbone = work["backbone"]
        resnet = backbone["type"] == "resnet"
        self.backbone = ResNet(backbone) if resnet else Vit(backbone, drop=student)
        self.classifier = Head(work["head"], self.backbone.feature_size, work["clusters"])
