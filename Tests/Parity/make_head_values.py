#!/usr/bin/env python3
"""Prints the values of scikit-learn's LogisticRegression that HeadSolverTests.swift compares with (pip: numpy, scikit-learn)."""
import numpy as np, json, warnings
warnings.filterwarnings("ignore")
from sklearn.linear_model import LogisticRegression
n,d=60,5
X=np.array([[np.sin(1.7*i+2.3*j+0.1*i*j) for j in range(d)] for i in range(n)])
for k in (2,3):
    y=np.clip(((X[:,0]+0.6*X[:,1]-0.4*X[:,2]+0.5*np.cos(3.1*np.arange(n)))*1.1+k/2),0,k-1e-9).astype(int)
    print(k,np.bincount(y))
    for C in (0.1,10):
        m=LogisticRegression(C=C,tol=1e-10,max_iter=10000)
        if k==2:
            # two logits with a penalty on both: one logit w = w1 - w0, |w1|^2+|w0|^2 = |w|^2/2, so C doubles
            m=LogisticRegression(C=2*C,tol=1e-10,max_iter=10000).fit(X,y); W=np.vstack([-m.coef_/2,m.coef_/2]); b=np.array([-m.intercept_[0]/2,m.intercept_[0]/2])
        else:
            m.fit(X,y); W=m.coef_; b=m.intercept_-m.intercept_.mean()
        p=np.exp(X@W.T+b); p/=p.sum(1,keepdims=True)
        print(k,C,"loss",-np.log(p[np.arange(n),y]).mean(),"W",np.round(W,5).tolist(),"p0",np.round(p[:4,0],5).tolist())
    w=np.array([1.0,3.0,0.5])[:k]
    m=LogisticRegression(C=1 if k>2 else 2,tol=1e-10,max_iter=10000,class_weight=dict(enumerate(w))).fit(X,y)
    print("weighted", np.round(m.predict_proba(X)[:4,0],5).tolist())
